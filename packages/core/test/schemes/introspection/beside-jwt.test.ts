import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { introspection, isConfigurationError, jwt, type Requirement } from '../../../src/index.js';
import { keysOf, serveDocuments, type DocumentServer } from '../../fixtures/documents.js';
import { benchOf } from '../../fixtures/guard.js';
import { answersFor, goodAnswer, optionsFor } from '../../fixtures/introspection.js';
import { sends } from '../../fixtures/request.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../../fixtures/tokens.js';

let server: DocumentServer;
let signer: Signer;
beforeAll(async () => {
  signer = await makeSigner('ES256');
});
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());

const setUp = () => {
  const { answer, asked } = answersFor((token) => (token === 'opaque' ? goodAnswer() : { active: false }));
  server.serve(answer, '/introspect');
  const bench = benchOf({
    access: jwt({ issuer, audience: 'api', jwks: keysOf(signer) }),
    opaque: introspection(optionsFor(server.url('/introspect'))),
    second: introspection(optionsFor(server.url('/other'))),
  });
  const outcome = async (token: string, requirement: Requirement): Promise<string> => {
    await bench.decide(requirement, sends({ authorization: `Bearer ${token}` }));
    const event = bench.events.at(-1)!;
    return `${'scheme' in event ? event.scheme : ''} ${event.reason}`;
  };
  return { ...bench, outcome, asked };
};

describe.each([
  ['jwt() first', { anyOf: [{ scheme: 'access' }, { scheme: 'opaque' }] }],
  ['introspection() first', { anyOf: [{ scheme: 'opaque' }, { scheme: 'access' }] }],
] as const)('jwt() and introspection() on one route, %s', (_, requirement) => {
  it('leave a JWT whose issuer jwt() names to jwt(), without a trial', async () => {
    const { outcome, asked } = setUp();
    expect(await outcome(await signer.sign(claimsOf()), requirement)).toBe('access ok');
    expect(await outcome(await signer.sign(claimsOf({ aud: 'other' })), requirement)).toBe('access bad-audience');
    expect(asked).toHaveLength(0);
  });

  it('ask nobody about a token of that issuer that is no access token', async () => {
    const { outcome, asked } = setUp();
    expect(await outcome(await signer.sign(claimsOf(), { typ: 'logout+jwt' }), requirement)).toBe('access bad-type');
    expect(asked).toHaveLength(0);
  });

  it('ask about everything else', async () => {
    const { outcome, asked } = setUp();
    expect(await outcome('opaque', requirement)).toBe('opaque ok');
    expect(await outcome('unknown', requirement)).toBe('opaque inactive');
    const foreign = await signer.sign(claimsOf({ iss: 'https://other.example' }));
    expect(await outcome(foreign, requirement)).toBe('opaque inactive');
    expect(asked.map(({ form }) => form.get('token'))).toEqual(['opaque', 'unknown', foreign]);
  });
});

describe('introspection()', () => {
  it('alone on its route asks about a JWT too', async () => {
    const { outcome, asked } = setUp();
    expect(await outcome(await signer.sign(claimsOf()), { scheme: 'opaque' })).toBe('opaque inactive');
    expect(asked).toHaveLength(1);
  });

  it('twice on one route is a fault: nothing tells whose a token is', () => {
    const { auth } = setUp();
    let thrown: unknown;
    try {
      auth.forAdapters.guard({ anyOf: [{ scheme: 'opaque' }, { scheme: 'access' }, { scheme: 'second' }] });
    } catch (error) {
      thrown = error;
    }
    if (!isConfigurationError(thrown)) throw thrown;
    expect(thrown.faults).toMatchObject([{ path: 'require.anyOf[2].scheme', reason: 'ambiguous-schemes' }]);
  });
});
