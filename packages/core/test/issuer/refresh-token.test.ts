import { describe, expect, it } from 'vitest';

import { createMemoryTokens, type TokenStore } from '../../src/issuer.js';
import { issuerBench } from './bench.js';

/** A store that shows all it was given to keep, and can lose its answers. */
function watchedStore(): { readonly store: TokenStore; readonly kept: string[]; failAfterReplace: boolean } {
  const inner = createMemoryTokens();
  const kept: string[] = [];
  const watched = {
    kept,
    failAfterReplace: false,
    store: {
      insert(key, entry) {
        kept.push(key, entry.value);
        return inner.insert(key, entry);
      },
      find: (key, now) => inner.find(key, now),
      replace(key, change) {
        kept.push(change.to.value);
        const replaced = inner.replace(key, change);
        if (watched.failAfterReplace) throw new Error('the process ended here');
        return replaced;
      },
    } satisfies TokenStore,
  };
  return watched;
}

const tokenOf = ({ json }: { readonly json: Record<string, unknown> }): string => json['refresh_token'] as string;

describe('refresh tokens', () => {
  it('end their whole family where one comes again, its successors too (RFC 9700 §4.14.2)', async () => {
    const { signIn, refresh, events } = issuerBench();
    const first = tokenOf(await signIn('app'));
    const second = tokenOf(await refresh('app', first));
    const third = tokenOf(await refresh('app', second));
    expect((await refresh('app', first)).json['error']).toBe('invalid_grant');
    expect(events.filter(({ outcome }) => outcome === 'alert')).toMatchObject([
      { reason: 'refresh-reuse', clientId: 'app' },
    ]);
    expect((await refresh('app', third)).json['error']).toBe('invalid_grant');
  });

  it('are found again by a retry after a crash between rotating and answering, within the grace', async () => {
    const tokens = watchedStore();
    const { signIn, refresh, clock } = issuerBench({ tokens: tokens.store });
    const first = tokenOf(await signIn('web'));
    tokens.failAfterReplace = true;
    expect((await refresh('web', first)).status).toBe(503);
    tokens.failAfterReplace = false;
    clock.advance(9.9);
    const retried = tokenOf(await refresh('web', first));
    expect(tokenOf(await refresh('web', first))).toBe(retried);
    expect((await refresh('web', retried)).status).toBe(200);
  });

  it('after a crash end the family of a public client, which has no grace: none lives wrongly', async () => {
    const tokens = watchedStore();
    const { signIn, refresh } = issuerBench({ tokens: tokens.store });
    const first = tokenOf(await signIn('app'));
    tokens.failAfterReplace = true;
    expect((await refresh('app', first)).status).toBe(503);
    tokens.failAfterReplace = false;
    expect((await refresh('app', first)).json['error']).toBe('invalid_grant');
  });

  it('are not taken again once the grace is over, nor once their successor was used', async () => {
    const { signIn, refresh, clock } = issuerBench();
    const first = tokenOf(await signIn('web'));
    const second = tokenOf(await refresh('web', first));
    clock.advance(10);
    expect((await refresh('web', first)).status).toBe(400);
    expect((await refresh('web', second)).status).toBe(400);
    const other = tokenOf(await signIn('web'));
    const next = tokenOf(await refresh('web', other));
    await refresh('web', next);
    expect((await refresh('web', other)).status).toBe(400);
  });

  it('come out as one successor for all that race within the grace, and as one winner without it', async () => {
    const { signIn, refresh } = issuerBench();
    const confidential = tokenOf(await signIn('web'));
    const same = await Promise.all(Array.from({ length: 20 }, () => refresh('web', confidential)));
    expect(new Set(same.map(tokenOf)).size).toBe(1);
    const open = tokenOf(await signIn('app'));
    const raced = await Promise.all(Array.from({ length: 20 }, () => refresh('app', open)));
    expect(raced.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('never stand in the store, nor anything that opens them but themselves', async () => {
    const tokens = watchedStore();
    const { signIn, refresh, codeFor, redeem } = issuerBench({ tokens: tokens.store });
    const first = tokenOf(await signIn('web'));
    const second = tokenOf(await refresh('web', first));
    const code = await codeFor('web');
    const third = tokenOf(await redeem('web', code));
    const kept = tokens.kept.join('\n');
    for (const text of [first, second, third, code].flatMap((token) => token.split('.')))
      expect(kept).not.toContain(text);
  });

  it('are refused for a subject that is switched off, and stay good until it is back', async () => {
    let active = true;
    const { signIn, refresh, events } = issuerBench({ isActive: () => active });
    const first = tokenOf(await signIn('web'));
    // Nothing but true is yes.
    for (const answer of [false, 'suspended' as never]) {
      active = answer;
      expect((await refresh('web', first)).json['error']).toBe('invalid_grant');
      expect(events.at(-1)).toMatchObject({ reason: 'grant-ended', code: 'oauth:invalid_grant' });
    }
    active = true;
    expect((await refresh('web', first)).status).toBe(200);
  });
});

describe('codes', () => {
  it('are good once: one that comes again ends what was issued on it (RFC 6749 §4.1.2)', async () => {
    const { codeFor, redeem, refresh, events } = issuerBench();
    const code = await codeFor('web');
    const first = tokenOf(await redeem('web', code));
    expect((await redeem('web', code)).json['error']).toBe('invalid_grant');
    expect(events.filter(({ outcome }) => outcome === 'alert')).toMatchObject([{ reason: 'code-reuse' }]);
    expect((await refresh('web', first)).json['error']).toBe('invalid_grant');
  });

  it('that come twice at the same instant are good for nobody: what the first got is ended too', async () => {
    const inner = createMemoryTokens();
    let meanwhile: (() => Promise<unknown>) | undefined;
    const store: TokenStore = {
      find: (key, now) => inner.find(key, now),
      replace: (key, change) => inner.replace(key, change),
      async insert(key, entry) {
        // The first has used its code, and starts a family.
        const second = entry.value.includes('idleEndsAt') ? meanwhile : undefined;
        meanwhile = second === undefined ? meanwhile : undefined;
        await second?.();
        return inner.insert(key, entry);
      },
    };
    const { codeFor, redeem, events } = issuerBench({ tokens: store });
    const code = await codeFor('web');
    let other: Awaited<ReturnType<typeof redeem>> | undefined;
    meanwhile = async () => (other = await redeem('web', code));
    const first = await redeem('web', code);
    expect([first.json, other?.json]).toMatchObject([{ error: 'invalid_grant' }, { error: 'invalid_grant' }]);
    expect(events.filter(({ outcome }) => outcome === 'alert')).toMatchObject([
      { reason: 'code-reuse' },
      { reason: 'code-reuse' },
    ]);
  });

  it('are good for a minute, and for the client that they were made for', async () => {
    const { codeFor, redeem, clock } = issuerBench();
    const stolen = await codeFor('app');
    expect((await redeem('web', stolen)).json['error']).toBe('invalid_grant');
    const late = await codeFor('app');
    clock.advance(60);
    expect((await redeem('app', late)).json['error']).toBe('invalid_grant');
  });
});

describe('access tokens', () => {
  it('are revoked by subject, client and time of issue', async () => {
    const { token, post, issuer, clock } = issuerBench();
    const stateOf = async (text: unknown) => (await post('/oauth/introspect', { token: String(text) })).json['active'];
    const { json: first } = await token();
    clock.advance(10);
    await issuer.revoke({ kind: 'client', value: 'svc', issuedBefore: clock.now() });
    const { json: second } = await token();
    expect(await stateOf(first['access_token'])).toBe(false);
    expect(await stateOf(second['access_token'])).toBe(true);
    await issuer.revoke({ kind: 'subject', value: 'svc' });
    expect(await stateOf(second['access_token'])).toBe(false);
  });
});
