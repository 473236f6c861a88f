import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  createAuth,
  createMemoryRevocation,
  introspection,
  revokeTokens,
  type AttemptEvent,
  type RevocationStore,
} from '../../../src/index.js';
import { createTestClock } from '../../../src/testing.js';
import { serveDocuments, type DocumentServer } from '../../fixtures/documents.js';
import { startOfTests } from '../../fixtures/guard.js';
import { goodAnswer, optionsFor } from '../../fixtures/introspection.js';
import { sends } from '../../fixtures/request.js';

const issuer = 'https://issuer.example';
let server: DocumentServer;
beforeEach(async () => {
  server = await serveDocuments();
  server.serve(goodAnswer({ jti: 't1', sid: 's1', iat: startOfTests - 60 }), '/introspect');
});
afterEach(() => server.close());

/** Of its own, so that a test may break one. */
function methodsOf(store: RevocationStore): { -readonly [Name in keyof RevocationStore]: RevocationStore[Name] } {
  return { revoke: (...given) => store.revoke(...given), find: (...given) => store.find(...given) };
}

function bench(change: object = {}) {
  const clock = createTestClock(startOfTests);
  const revocation = { ...methodsOf(createMemoryRevocation()) };
  const events: AttemptEvent[] = [];
  const auth = createAuth({
    schemes: { opaque: introspection(optionsFor(server.url('/introspect'), { revocation: 'check', ...change })) },
    clock,
    stores: { revocation },
    audit: (event) => void (event.kind === 'attempt' && events.push(event)),
  });
  const guard = auth.forAdapters.guard({ scheme: 'opaque' });
  const reasonOf = async (): Promise<string> => {
    await guard.check(sends({ authorization: 'Bearer token' }));
    return events.at(-1)!.reason;
  };
  return { clock, revocation, reasonOf };
}

describe('a token that was revoked here', () => {
  it.each([
    ['token', 't1'],
    ['session', 's1'],
    ['subject', 'ann'],
    ['client', 'app'],
  ] as const)('by its %s is refused at once, while its answer is kept (intro-cache-revoked)', async (kind, value) => {
    const { clock, revocation, reasonOf } = bench();
    expect(await reasonOf()).toBe('ok');
    await revokeTokens(revocation, { issuer, kind, value }, { clock });
    expect(await reasonOf()).toBe('inactive');
    expect(server.fetches()).toBe(1);
  });

  it('is one of its client where the answer names no other subject', async () => {
    server.serve(goodAnswer({ sub: undefined }), '/introspect');
    const { clock, revocation, reasonOf } = bench();
    await revokeTokens(revocation, { issuer, kind: 'subject', value: 'app' }, { clock });
    expect(await reasonOf()).toBe('inactive');
  });

  it('is taken where it was issued since', async () => {
    const { clock, revocation, reasonOf } = bench();
    const revoked = { issuer, kind: 'subject', value: 'ann', issuedBefore: startOfTests - 61 } as const;
    await revokeTokens(revocation, revoked, { clock });
    expect(await reasonOf()).toBe('ok');
  });

  it('is not asked about where the options do not say so', async () => {
    const { clock, revocation, reasonOf } = bench({ revocation: 'off' });
    await revokeTokens(revocation, { issuer, kind: 'subject', value: 'ann' }, { clock });
    expect(await reasonOf()).toBe('ok');
  });

  it('and a token that is not active are one to the caller: nobody asks the store about the second', async () => {
    server.serve({ active: false }, '/introspect');
    const { revocation, reasonOf } = bench();
    revocation.find = () => {
      throw new Error('asked');
    };
    expect(await reasonOf()).toBe('inactive');
  });

  it('is never let in while the store is down', async () => {
    const { revocation, reasonOf } = bench();
    expect(await reasonOf()).toBe('ok');
    revocation.find = () => Promise.reject(new Error('down'));
    expect(await reasonOf()).toBe('revocation-store-unavailable');
  });
});
