import { describe, expect, it } from 'vitest';

import { createDpopKey, signDpopProof, type DpopKey } from '../../src/signing.js';
import { startOfTests } from '../fixtures/guard.js';
import { issuerBench, type IssuerBench } from './bench.js';

type Told = Awaited<ReturnType<IssuerBench['token']>>;
const url = 'https://api.example/oauth/token';

/** An issuer and a client with a key. */
async function bench(options: Parameters<typeof issuerBench>[0] = {}) {
  const issuer = issuerBench(options);
  const key = await createDpopKey();
  const proof = async (by: DpopKey = key, nonce?: string): Promise<Readonly<Record<string, string>>> => ({
    dpop: await signDpopProof({ method: 'POST', url, ...(nonce !== undefined && { nonce }) }, by, issuer),
  });
  return { ...issuer, key, proof };
}

const refreshOf = ({ json }: Told): string => json['refresh_token'] as string;
const claimsOf = ({ json }: Told): Record<string, unknown> =>
  JSON.parse(atob((json['access_token'] as string).split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))) as Record<
    string,
    unknown
  >;

describe('tokens that are bound to a key', () => {
  it('are told apart at introspection, with their key (RFC 9449 §6.2)', async () => {
    const { token, proof, post, key } = await bench();
    const { json } = await token(await proof());
    const told = await post('/oauth/introspect', { token: json['access_token'] as string });
    expect(told.json).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.thumbprint } });
  });

  it('of a public client are refreshed by its key alone, and another key ends nothing (RFC 9449 §5)', async () => {
    const { signIn, refresh, proof } = await bench();
    const first = refreshOf(await signIn('app', await proof()));
    expect((await refresh('app', first, await proof(await createDpopKey()))).json['error']).toBe('invalid_dpop_proof');
    expect((await refresh('app', first)).json['error']).toBe('invalid_dpop_proof');
    expect((await refresh('app', first, await proof())).json['token_type']).toBe('DPoP');
  });

  it('are refreshed again within ten seconds by the same key, to the same successor', async () => {
    const { signIn, refresh, proof, clock } = await bench();
    const first = refreshOf(await signIn('app', await proof()));
    const second = refreshOf(await refresh('app', first, await proof()));
    clock.advance(9.9);
    expect(refreshOf(await refresh('app', first, await proof()))).toBe(second);
    clock.advance(0.2);
    expect((await refresh('app', first, await proof())).json['error']).toBe('invalid_grant');
    expect((await refresh('app', second, await proof())).json['error']).toBe('invalid_grant');
  });

  it('of a confidential client may change their key; within the grace another key is a reuse', async () => {
    const { signIn, refresh, proof } = await bench();
    const first = refreshOf(await signIn('web', await proof()));
    const second = refreshOf(await refresh('web', first, await proof(await createDpopKey())));
    expect((await refresh('web', first, await proof())).json['error']).toBe('invalid_grant');
    expect((await refresh('web', second, await proof())).json['error']).toBe('invalid_grant');
  });

  it('are issued on a code to the key that it was asked for with (RFC 9449 §10)', async () => {
    const { codeFor, redeem, proof, key } = await bench();
    const asked = { dpop_jkt: key.thumbprint };
    const other = await redeem('app', await codeFor('app', asked), await proof(await createDpopKey()));
    expect(other.json['error']).toBe('invalid_dpop_proof');
    expect((await redeem('app', await codeFor('app', asked))).json['error']).toBe('invalid_dpop_proof');
    const good = await redeem('app', await codeFor('app', asked), await proof());
    expect(claimsOf(good)['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it('need a proof with a nonce of this server where it asks for one, and a code is not used up by asking (RFC 9449 §8)', async () => {
    const { codeFor, redeem, proof, events } = await bench({ dpopNonce: 'require' });
    const code = await codeFor('app');
    const asked = await redeem('app', code, await proof());
    expect(asked).toMatchObject({ status: 400, json: { error: 'use_dpop_nonce' } });
    expect(events.at(-1)).toMatchObject({ reason: 'dpop-nonce-required', code: 'oauth:use_dpop_nonce' });
    const nonce = asked.headers.find(([name]) => name === 'dpop-nonce')![1];
    expect((await redeem('app', code, await proof(undefined, nonce))).json['token_type']).toBe('DPoP');
  });

  it('are not made of a proof that holds a private key, and the operator is told (RFC 9449 §4.3, 7)', async () => {
    const { token, events, clock } = await bench();
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
    const jwk = await crypto.subtle.exportKey('jwk', privateKey);
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { jti: 'x', htm: 'POST', htu: url, iat: Math.floor(clock.now()) };
    const input = `${encode({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${encode(claims)}`;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Buffer.from(input));
    const dpop = `${input}.${Buffer.from(signature).toString('base64url')}`;
    expect((await token({ dpop })).json['error']).toBe('invalid_dpop_proof');
    expect(events.filter(({ outcome }) => outcome === 'alert')).toMatchObject([
      { reason: 'private-key-sent', clientId: 'svc' },
    ]);
  });
});

describe('revocation of a subject or a client', () => {
  it('ends refresh tokens that were issued until now, and not those of a later sign-in', async () => {
    const { issuer, signIn, refresh, post, clock } = issuerBench();
    const ofSubject = await signIn('web');
    await issuer.revoke({ kind: 'subject', value: 'alice' });
    clock.advance(1);
    const later = await signIn('web');
    expect((await refresh('web', refreshOf(ofSubject))).json['error']).toBe('invalid_grant');
    for (const token of ['access_token', 'refresh_token'])
      expect(
        (await post('/oauth/introspect', { client_id: 'web', token: ofSubject.json[token] as string })).json,
      ).toEqual({ active: false });
    expect((await refresh('web', refreshOf(later))).status).toBe(200);
    await issuer.revoke({ kind: 'client', value: 'web' });
    expect((await refresh('web', refreshOf(later))).json['error']).toBe('invalid_grant');
  });

  it('ends a family as long as it would have lived, weeks after', async () => {
    const { issuer, signIn, refresh, clock } = issuerBench();
    const { json } = await signIn('web');
    await issuer.revoke({ kind: 'session', value: claimsOf({ json } as Told)['sid'] as string });
    clock.advance(6 * 86_400);
    expect((await refresh('web', json['refresh_token'])).json['error']).toBe('invalid_grant');
  });
});

describe('a code that comes again', () => {
  it('ends the access token of a client that has no refresh token (RFC 6749 §4.1.2)', async () => {
    const { codeFor, redeem, post } = issuerBench();
    const code = await codeFor('once');
    const { json } = await redeem('once', code);
    const introspect = async () =>
      (await post('/oauth/introspect', { client_id: 'web', token: json['access_token'] as string })).json['active'];
    expect(json['refresh_token']).toBeUndefined();
    expect(await introspect()).toBe(true);
    expect((await redeem('once', code)).json['error']).toBe('invalid_grant');
    expect(await introspect()).toBe(false);
  });
});

describe('limits on tries', () => {
  it('hold up whoever guesses at a client, with the problem of every limit and no error of the operator', async () => {
    const errors: unknown[] = [];
    const { post, token, events } = issuerBench({}, undefined, {
      throttle: { failures: { points: 3, seconds: 60, blockSeconds: 300 } },
      onError: (error) => void errors.push(error),
    });
    for (let count = 0; count < 3; count++)
      expect((await post('/oauth/revoke', { token: 'x', client_id: 'nobody' })).status).toBe(401);
    const held = await token();
    expect(held).toMatchObject({ status: 429, json: { code: 'rate-limited' } });
    expect(held.headers).toContainEqual(['retry-after', '300']);
    expect(events.at(-1)).toMatchObject({ outcome: 'refuse', reason: 'failures-limit' });
    expect(errors).toEqual([]);
  });
});

describe('assertions of somebody else (RFC 7523 §2.1)', () => {
  const partner = 'https://partner.example';
  const now = Math.floor(startOfTests);
  const good = { iss: partner, sub: 'p-1', aud: 'https://issuer.example/oauth', iat: now, exp: now + 120, jti: 'a-1' };

  async function asserting() {
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
    ]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    const issuer = issuerBench({
      assertionIssuers: [
        {
          issuer: partner,
          jwks: { keys: [{ kid: 'p', alg: 'ES256', kty: kty!, crv, x, y }] },
          subject: ({ sub }) => (sub === 'p-1' ? 'partner:p-1' : sub === 'p-3' ? (undefined as never) : null),
        },
      ],
    });
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const assert = async (claims: object, header: object = {}): Promise<Told> => {
      const input = `${encode({ alg: 'ES256', kid: 'p', ...header })}.${encode(claims)}`;
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Buffer.from(input));
      const assertion = `${input}.${Buffer.from(signature).toString('base64url')}`;
      return issuer.post('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    };
    return { ...issuer, assert };
  }

  it('give a token for the subject that it is here, without a refresh token', async () => {
    const { assert } = await asserting();
    const told = await assert(good);
    expect(claimsOf(told)).toMatchObject({ sub: 'partner:p-1', client_id: 'svc', scope: 'read write' });
    expect(told.json['refresh_token']).toBeUndefined();
  });

  it.each([
    ['from an issuer whose word is not taken', { iss: 'https://evil.example' }, {}, 'assertion-invalid'],
    ['for another audience', { aud: 'https://other.example' }, {}, 'assertion-audience'],
    ['for several audiences', { aud: [good.aud, 'https://other.example'] }, {}, 'assertion-audience'],
    ['that have ended', { exp: now - 10 }, {}, 'assertion-invalid'],
    ['that are good for an hour', { exp: now + 3600 }, {}, 'assertion-invalid'],
    ['without an end', { exp: undefined }, {}, 'assertion-invalid'],
    ['without a name', { jti: undefined }, {}, 'assertion-invalid'],
    ['without a subject', { sub: undefined }, {}, 'assertion-invalid'],
    ['about nobody here', { sub: 'p-2' }, {}, 'subject-unknown'],
    ['about whom nobody says anything', { sub: 'p-3' }, {}, 'subject-unknown'],
    ['that are an access token', {}, { typ: 'at+jwt' }, 'assertion-invalid'],
    ['by a key of nobody', {}, { kid: 'q' }, 'assertion-invalid'],
  ])('are refused %s (RFC 7523 §3)', async (_case, claims, header, reason) => {
    const { assert, events } = await asserting();
    expect((await assert({ ...good, ...claims }, header)).json['error']).toBe('invalid_grant');
    expect(events.at(-1)).toMatchObject({ outcome: 'refuse', reason });
  });

  it('are good once (RFC 7523 §3, 7)', async () => {
    const { assert, events } = await asserting();
    await assert(good);
    expect((await assert(good)).json['error']).toBe('invalid_grant');
    expect(events.at(-1)).toMatchObject({ reason: 'assertion-replayed' });
  });
});
