import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import type { AuthOptions, Decision, JwtOptions } from '../../src/index.js';
import {
  athOf,
  dpopRequest,
  makeProofMaker,
  type Members,
  type ProofChange,
  type ProofMaker,
} from '../fixtures/dpop.js';
import { allowed, challengesOf, linesOf, startOfTests } from '../fixtures/guard.js';
import { requestOf, sends, type Sent } from '../fixtures/request.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../fixtures/tokens.js';
import { createTestClock } from '../../src/testing.js';
import { backends, type Backend } from '../vectors/backends.js';

let signer: Signer;
let client: ProofMaker;
let stranger: ProofMaker;
let token: string;

beforeAll(async () => {
  [signer, client, stranger] = await Promise.all([makeSigner('ES256'), makeProofMaker(), makeProofMaker()]);
  token = await tokenBoundTo(client.jkt);
});

const tokenBoundTo = (jkt: unknown): Promise<string> => signer.sign(claimsOf({ cnf: { jkt } }));
const nonceSecret = 'nonce-secret-of-the-tests-0123456789abcdefghij';
const nonces = { dpopNonce: 'require', dpopNonceSecretBase64: Buffer.from(nonceSecret).toString('base64') } as const;

/** A guard that takes bound tokens; everything it tells is kept. */
function benchOf(
  { core }: Backend,
  options: Partial<JwtOptions> = {},
  more: Partial<Omit<AuthOptions, 'schemes'>> = {},
) {
  const events: Members[] = [];
  const clock = createTestClock(startOfTests);
  const scheme = core.jwt({
    issuer,
    audience: 'api',
    jwks: { keys: [signer.jwk] },
    dpop: 'allow',
    ...options,
  } as JwtOptions);
  const auth = core.createAuth({
    schemes: { access: scheme },
    clock,
    audit: (event) => void events.push(event as unknown as Members),
    ...more,
  });
  const check = async (request = requestOf()): Promise<Decision> => auth.check(request, { scheme: 'access' });
  return {
    auth,
    clock,
    events,
    check,
    /** What becomes of a good proof that was changed. */
    async reasonOf(change: ProofChange = {}, sent: Sent = {}): Promise<string> {
      return this.reasonOfProof(await client.prove(token, change), sent);
    },
    async reasonOfProof(proof: string | readonly string[], sent: Sent = {}): Promise<string> {
      const before = events.length;
      const decision = await check(dpopRequest(token, proof, sent));
      const reason = events[before]!['reason'] as string;
      return decision.kind === 'allow' ? reason : `${decision.code} ${reason}`;
    },
  };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe.each(backends)('a DPoP proof, by the $name back end', (backend) => {
  it('lets a bound token in with its key, whose thumbprint the principal has (RFC 9449 §7.1)', async () => {
    const { check, events } = benchOf(backend);
    const decision = allowed(await check(dpopRequest(token, await client.prove(token))));
    expect(decision.principal?.confirmation).toEqual({ jkt: client.jkt });
    expect(events).toMatchObject([{ outcome: 'allow', reason: 'ok' }]);
  });

  it.each(['RS256', 'PS256', 'PS512', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])('may be signed with %s', async (alg) => {
    const other = await makeProofMaker(alg);
    const bound = await tokenBoundTo(other.jkt);
    expect((await benchOf(backend).check(dpopRequest(bound, await other.prove(bound)))).kind).toBe('allow');
  });

  it.each<[string, () => ProofChange, string]>([
    ['typ JWT (RFC 9449 §4.3, 4)', () => ({ header: { typ: 'JWT' } }), 'invalid-dpop-proof dpop-proof-type'],
    ['no typ', () => ({ header: { typ: undefined } }), 'invalid-dpop-proof dpop-proof-type'],
    ['typ at+jwt', () => ({ header: { typ: 'at+jwt' } }), 'invalid-dpop-proof dpop-proof-type'],
    ['typ with its prefix (RFC 7515 §4.1.9)', () => ({ header: { typ: 'application/DPoP+jwt' } }), 'ok'],
    ['a critical extension', () => ({ header: { crit: ['exp2'], exp2: 1 } }), 'invalid-dpop-proof crit-not-understood'],
    ['no jwk', () => ({ header: { jwk: undefined } }), 'invalid-dpop-proof dpop-key-invalid'],
    [
      'a jwk for encryption',
      () => ({ header: { jwk: { ...client.jwk, use: 'enc' } } }),
      'invalid-dpop-proof dpop-key-invalid',
    ],
    [
      'a jwk for another alg',
      () => ({ header: { jwk: { ...client.jwk, alg: 'ES384' } } }),
      'invalid-dpop-proof dpop-key-invalid',
    ],
    [
      'a jwk with members of no matter',
      () => ({ header: { jwk: { ...client.jwk, kid: 'a', use: 'sig', alg: 'ES256', x5c: ['A'] } } }),
      'ok',
    ],
    [
      'the signature of another key (§4.3, 6)',
      () => ({ key: stranger.privateKey }),
      'invalid-dpop-proof signature-mismatch',
    ],
    [
      'another key (§7.1)',
      () => ({ header: { jwk: stranger.jwk }, key: stranger.privateKey }),
      'invalid-token dpop-key-mismatch',
    ],
    ['another method (§4.3, 8)', () => ({ claims: { htm: 'POST' } }), 'invalid-dpop-proof dpop-method-mismatch'],
    ['the method in lower case', () => ({ claims: { htm: 'get' } }), 'invalid-dpop-proof dpop-method-mismatch'],
    [
      'another URL (§4.3, 9)',
      () => ({ claims: { htu: 'https://api.example/other' } }),
      'invalid-dpop-proof dpop-url-mismatch',
    ],
    ['a URL with query and fragment', () => ({ claims: { htu: 'https://api.example/?a#b' } }), 'ok'],
    ['a URL that is none', () => ({ claims: { htu: '/' } }), 'invalid-dpop-proof dpop-url-mismatch'],
    [
      'the hash of another token (§4.3, 12)',
      () => ({ claims: { ath: athOf('other') } }),
      'invalid-dpop-proof dpop-token-mismatch',
    ],
    ['a padded hash', () => ({ claims: { ath: `${athOf(token)}=` } }), 'invalid-dpop-proof dpop-token-mismatch'],
    ['a jti of 512 bytes', () => ({ claims: { jti: 'é'.repeat(256) } }), 'ok'],
    ['a jti of more', () => ({ claims: { jti: `${'é'.repeat(256)}a` } }), 'invalid-dpop-proof dpop-proof-malformed'],
    ['a jti that is empty', () => ({ claims: { jti: '' } }), 'invalid-dpop-proof dpop-proof-malformed'],
    ['a nonce that nobody asked for', () => ({ claims: { nonce: 'n' } }), 'ok'],
    ['a nonce that is no text', () => ({ claims: { nonce: 1 } }), 'invalid-dpop-proof dpop-proof-malformed'],
    ['an iat that no date can be', () => ({ claims: { iat: 1e20 } }), 'invalid-dpop-proof dpop-proof-malformed'],
    ['an iat before all time', () => ({ claims: { iat: -1 } }), 'invalid-dpop-proof dpop-proof-malformed'],
  ])('with %s comes to: %s', async (_, change, expected) => {
    expect(await benchOf(backend).reasonOf(change())).toBe(expected);
  });

  it.each(['jti', 'htm', 'htu', 'iat', 'ath'])(
    'is malformed without %s, and with one of another type (§4.3, 3)',
    async (name) => {
      for (const value of [undefined, null, true, ['x'], name === 'iat' ? String(startOfTests) : 1])
        expect(await benchOf(backend).reasonOf({ claims: { [name]: value } })).toBe(
          'invalid-dpop-proof dpop-proof-malformed',
        );
    },
  );

  it('is refused with a private key in it, and the operator is told (§4.3, 7)', async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const { kty, n, e } = await exportJWK(privateKey);
    const own = await exportJWK(client.privateKey);
    for (const jwk of [
      own,
      { ...client.jwk, k: 'AA' },
      { kty, n, e, d: 'AA' },
      { kty, n, e, p: 'AA' },
      { kty, n, e, dq: 'AA' },
      { kty, n, e, qi: 'AA' },
    ]) {
      const bench = benchOf(backend);
      expect(await bench.reasonOf({ header: { jwk } })).toMatch(/invalid-dpop-proof|private-key-sent/);
      expect(bench.events.map(({ reason, outcome, issuer: of }) => [outcome, reason, of])).toEqual([
        ['alert', 'private-key-sent', issuer],
        ['refuse', 'dpop-private-key', null],
      ]);
    }
  });

  it('is refused by alg none, and by HMAC with whatever key (§4.3, 5 and §11.6)', async () => {
    const bench = benchOf(backend);
    const claims = { jti: 'a', htm: 'GET', htu: 'https://api.example/', iat: startOfTests, ath: athOf(token) };
    for (const header of [
      { alg: 'none', jwk: client.jwk },
      { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } },
      { alg: 'es256', jwk: client.jwk },
    ])
      expect(await bench.reasonOfProof(`${part({ typ: 'dpop+jwt', ...header })}.${part(claims)}.AAAA`)).toBe(
        'invalid-dpop-proof alg-not-allowed',
      );
  });

  it('is refused with a key that is none: off its curve, too weak, of another type, given by name', async () => {
    const bench = benchOf(backend);
    const claims = { jti: 'a', htm: 'GET', htu: 'https://api.example/', iat: startOfTests, ath: athOf(token) };
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const { n } = await exportJWK(publicKey);
    const keys = [
      { ...client.jwk, y: client.jwk.x },
      { ...client.jwk, x: 'AA' },
      { ...client.jwk, crv: 'secp256k1' },
      { kty: 'RSA', e: 'AQAB', n: Buffer.from(n!, 'base64url').subarray(128).toString('base64url') },
      'https://client.example/jwk',
      null,
      [client.jwk],
      {},
    ];
    for (const jwk of keys)
      expect(await bench.reasonOfProof(`${part({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${part(claims)}.AAAA`)).toBe(
        'invalid-dpop-proof dpop-key-invalid',
      );
    expect(bench.events).toHaveLength(keys.length);
  });

  it('is one compact JWS in one field (§4.3, 1 and 2)', async () => {
    const bench = benchOf(backend);
    const proof = await client.prove(token);
    const [header, claims, signature] = proof.split('.') as [string, string, string];
    const json = JSON.stringify({ payload: claims, protected: header, signature });
    for (const several of [[proof, proof], [proof, ''], `${proof}, ${proof}`, `${proof},x`])
      expect(await bench.reasonOfProof(several)).toBe('invalid-dpop-proof dpop-proof-duplicate');
    const broken = [
      '',
      'x',
      `${header}.${claims}`,
      `${proof}.x`,
      json,
      `${proof}=`,
      ` ${proof}`,
      `${header}.e30.${signature}`,
      'a'.repeat(9000),
    ];
    for (const text of broken) expect(await bench.reasonOfProof(text)).toBe('invalid-dpop-proof dpop-proof-malformed');
    expect(await bench.reasonOf({ header: { pad: 'x'.repeat(6000) } })).toBe('invalid-dpop-proof dpop-proof-malformed');
    expect(await bench.reasonOfProof(`${header}.${claims}.`)).toBe('invalid-dpop-proof signature-mismatch');
    expect(await bench.reasonOfProof([])).toBe('invalid-dpop-proof dpop-proof-missing');
  });

  it('is good from a minute and the tolerance ago to the tolerance ahead (§11.1)', async () => {
    const at = async (seconds: number, options: Partial<JwtOptions> = {}): Promise<string> =>
      benchOf(backend, options).reasonOf({ claims: { iat: startOfTests + seconds } });
    expect([await at(-65), await at(-66), await at(5), await at(6)]).toEqual([
      'ok',
      'invalid-dpop-proof dpop-proof-stale',
      'ok',
      'invalid-dpop-proof dpop-proof-stale',
    ]);
    expect(await at(30, { clockToleranceSeconds: 30 })).toBe('ok');
    expect(await at(-60.5, { clockToleranceSeconds: 0 })).toBe('invalid-dpop-proof dpop-proof-stale');
  });
});

describe.each(backends)('a jti, by the $name back end', (backend) => {
  it('is good once for its key, until the proof could no longer pass, and not until a window after it came (§11.1)', async () => {
    const bench = benchOf(backend);
    const early = await client.prove(token, { claims: { iat: startOfTests + 5 } });
    expect(await bench.reasonOfProof(early)).toBe('ok');
    // The last second at which it would pass by its time: 5 + 60 + 5.
    for (const step of [1, 64, 5]) {
      bench.clock.advance(step);
      expect(await bench.reasonOfProof(early)).toBe('invalid-dpop-proof replayed');
    }
    bench.clock.advance(1);
    expect(await bench.reasonOfProof(early)).toBe('invalid-dpop-proof dpop-proof-stale');
  });

  it('counts, and not the spelling of the proof', async () => {
    const bench = benchOf(backend);
    expect(await bench.reasonOf({ claims: { jti: 'one' } })).toBe('ok');
    expect(await bench.reasonOf({ claims: { jti: 'one', other: 1 } })).toBe('invalid-dpop-proof replayed');
  });

  it('of one client is nothing to another', async () => {
    const bench = benchOf(backend);
    const other = await tokenBoundTo(stranger.jkt);
    expect(await bench.reasonOf({ claims: { jti: 'one' } })).toBe('ok');
    const proof = await stranger.prove(other, { claims: { jti: 'one' } });
    expect((await bench.check(dpopRequest(other, proof))).kind).toBe('allow');
  });

  it('is not used up by a proof that is refused', async () => {
    const bench = benchOf(backend);
    for (const change of [
      { claims: { htm: 'POST' } },
      { claims: { iat: 0 } },
      { claims: { ath: 'x' } },
      { key: stranger.privateKey },
    ])
      await bench.reasonOf({ ...change, claims: { ...change.claims, jti: 'one' } });
    expect(await bench.reasonOf({ claims: { jti: 'one' } })).toBe('ok');
  });

  it('is used once by a request, however many guards and schemes look at it', async () => {
    const { core } = backend;
    const options = { issuer, audience: 'api', jwks: { keys: [signer.jwk] }, dpop: 'allow' } as const;
    const clock = createTestClock(startOfTests);
    const auth = core.createAuth({ schemes: { a: core.jwt(options), b: core.jwt(options) }, clock });
    const request = dpopRequest(token, await client.prove(token));
    const both = { anyOf: [{ scheme: 'a' }, { scheme: 'b' }] } as const;
    const decisions = await Promise.all([auth.check(request, both), auth.check(request, { scheme: 'a' })]);
    expect(decisions.map(({ kind }) => kind)).toEqual(['allow', 'allow']);
    // In a handler that took its time: the proof was good when it came.
    clock.advance(120);
    expect((await auth.check(request, { scheme: 'b' })).kind).toBe('allow');
  });

  it('is accepted once between two processes that share a replay store', async () => {
    const stores = { replay: backend.core.createMemoryReplay() };
    const [one, two] = [benchOf(backend, {}, { stores }), benchOf(backend, {}, { stores })];
    const proof = await client.prove(token);
    const reasons = await Promise.all([one.reasonOfProof(proof), two.reasonOfProof(proof)]);
    expect(reasons.toSorted()).toEqual(['invalid-dpop-proof replayed', 'ok']);
  });

  it('is kept as a hash, of key and jti, for its owner', async () => {
    const uses: Members[] = [];
    const replay = { use: (use: object) => (uses.push({ ...use }), 'new' as const) };
    const bench = benchOf(backend, {}, { stores: { replay } });
    await bench.reasonOf({ claims: { jti: 'one', iat: startOfTests - 10 } });
    expect(uses).toEqual([
      {
        key: expect.stringMatching(/^[\w-]{43}$/),
        owner: expect.stringMatching(/^[\w-]{43}$/),
        now: startOfTests,
        until: startOfTests + 56,
      },
    ]);
    expect(JSON.stringify(uses)).not.toContain(client.jkt);
  });

  it('lets nobody in where it cannot be asked for', async () => {
    const down = { use: () => Promise.reject(new Error('down')) };
    const bench = benchOf(backend, {}, { stores: { replay: down } });
    expect(await bench.reasonOf()).toBe('dependency-unavailable replay-store-unavailable');
  });
});

describe.each(backends)('a nonce of the server, by the $name back end', (backend) => {
  const nonceOf = async (bench: ReturnType<typeof benchOf>): Promise<string> => {
    const decision = await bench.check(dpopRequest(token, await client.prove(token)));
    const [nonce] = linesOf(decision, 'dpop-nonce');
    return nonce!;
  };

  it('is asked for with use_dpop_nonce, and given in one field (RFC 9449 §9)', async () => {
    const bench = benchOf(backend, nonces);
    const decision = await bench.check(dpopRequest(token, await client.prove(token)));
    expect(decision).toMatchObject({ kind: 'refuse', status: 401, code: 'dpop-nonce-required' });
    expect(challengesOf(decision)).toEqual([
      'Bearer realm="api"',
      'DPoP realm="api", algs="ES256 EdDSA PS256 RS256", error="use_dpop_nonce", error_description="A DPoP nonce is required"',
    ]);
    expect(linesOf(decision, 'dpop-nonce')).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    expect(linesOf(decision, 'cache-control')).toEqual(['no-store']);
    expect(bench.events).toMatchObject([{ reason: 'dpop-nonce-missing' }]);
    expect(await bench.reasonOf({ claims: { nonce: linesOf(decision, 'dpop-nonce')[0] } })).toBe('ok');
  });

  it('rotates: it is good for this step and the next, and towards its end the answer brings another (§8.2)', async () => {
    const bench = benchOf(backend, nonces);
    const nonce = await nonceOf(bench);
    const answer = async (): Promise<Decision> =>
      bench.check(dpopRequest(token, await client.prove(token, { claims: { nonce, iat: bench.clock.now() } })));
    expect(linesOf(allowed(await answer()), 'dpop-nonce')).toEqual([]);
    bench.clock.advance(150);
    const late = allowed(await answer());
    const [next] = linesOf(late, 'dpop-nonce');
    expect(next).not.toBe(nonce);
    expect(linesOf(late, 'cache-control')).toEqual(['no-store']);
    bench.clock.advance(150);
    const over = await answer();
    expect(over).toMatchObject({ code: 'dpop-nonce-required' });
    expect(bench.events.at(-1)).toMatchObject({ reason: 'dpop-nonce-invalid' });
    expect(await bench.reasonOf({ claims: { nonce: next, iat: bench.clock.now() } })).toBe('ok');
  });

  it('proves how fresh a proof is: its iat may be five minutes off (§8)', async () => {
    const bench = benchOf(backend, nonces);
    const nonce = await nonceOf(bench);
    const at = (seconds: number): Promise<string> => bench.reasonOf({ claims: { nonce, iat: startOfTests + seconds } });
    expect([await at(-305), await at(305)]).toEqual(['ok', 'ok']);
    expect([await at(-306), await at(306)]).toEqual(Array(2).fill('invalid-dpop-proof dpop-proof-stale'));
  });

  it('is taken by every process that has the secret, also from one whose clock is ahead; and by no other', async () => {
    const ahead = benchOf(backend, nonces);
    ahead.clock.advance(150);
    const nonce = await nonceOf(ahead);
    expect(await benchOf(backend, nonces).reasonOf({ claims: { nonce } })).toBe('ok');
    for (const other of [
      { dpopNonce: 'require' } as const,
      { ...nonces, dpopNonceSecretBase64: Buffer.from(`${nonceSecret}x`).toString('base64') },
    ])
      expect(await benchOf(backend, other).reasonOf({ claims: { nonce } })).toBe(
        'dpop-nonce-required dpop-nonce-invalid',
      );
    ahead.clock.advance(150);
    const farAhead = await nonceOf(ahead);
    expect(await benchOf(backend, nonces).reasonOf({ claims: { nonce: farAhead } })).toBe(
      'dpop-nonce-required dpop-nonce-invalid',
    );
  });

  it.each(['', 'x', 'A'.repeat(43), 'é'])('is not %j', async (nonce) => {
    expect(await benchOf(backend, nonces).reasonOf({ claims: { nonce } })).toBe(
      'dpop-nonce-required dpop-nonce-invalid',
    );
  });

  it('can be read by a script of another origin, which says where it is from (§8)', async () => {
    const bench = benchOf(backend, nonces);
    const origin = { headers: { origin: 'https://app.example' } };
    const decision = await bench.check(dpopRequest(token, await client.prove(token), origin));
    expect(linesOf(decision, 'access-control-expose-headers')).toEqual(['DPoP-Nonce, WWW-Authenticate']);
    const own = await bench.check(dpopRequest(token, await client.prove(token)));
    expect(linesOf(own, 'access-control-expose-headers')).toEqual([]);
  });

  it('is told once for each request, whatever guards look at it', async () => {
    const bench = benchOf(backend, nonces);
    const nonce = await nonceOf(bench);
    bench.clock.advance(150);
    const request = dpopRequest(token, await client.prove(token, { claims: { nonce, iat: bench.clock.now() } }));
    const told = [await bench.check(request), await bench.check(request)].map(
      (each) => linesOf(allowed(each), 'dpop-nonce').length,
    );
    expect(told).toEqual([1, 0]);
  });
});

describe.each(backends)('a token, by the $name back end', (backend) => {
  const outcome = async (
    options: Partial<JwtOptions>,
    headers: Readonly<Record<string, string>>,
  ): Promise<[string, readonly string[], Members]> => {
    const bench = benchOf(backend, options);
    const decision = await bench.check(sends(headers));
    return [
      String(bench.events[0]!['reason']),
      challengesOf(decision).map((line) => line.replace(/, error_desc.*/, '')),
      bench.events[0]!,
    ];
  };
  const bearer = 'Bearer realm="api"';
  const dpop = 'DPoP realm="api", algs="ES256 EdDSA PS256 RS256"';
  const error = 'error="invalid_token"';

  it('that is bound is never a bearer token, with or without a proof (§7.2)', async () => {
    const proof = await client.prove(token);
    for (const headers of [{ authorization: `Bearer ${token}` }, { authorization: `Bearer ${token}`, dpop: proof }]) {
      expect((await outcome({}, headers)).slice(0, 2)).toEqual([
        'bound-token-as-bearer',
        [bearer, `${dpop}, ${error}`],
      ]);
      expect((await outcome({ dpop: 'require' }, headers)).slice(0, 2)).toEqual([
        'bound-token-as-bearer',
        [`${dpop}, ${error}`],
      ]);
      expect((await outcome({ dpop: 'off' }, headers)).slice(0, 2)).toEqual([
        'bound-token-as-bearer',
        [`${bearer}, ${error}`],
      ]);
    }
  });

  it('that is not bound cannot come by DPoP, and not as Bearer where DPoP is required', async () => {
    const free = await signer.sign(claimsOf());
    const proof = await client.prove(free);
    expect((await outcome({}, { authorization: `DPoP ${free}`, dpop: proof })).slice(0, 2)).toEqual([
      'token-not-bound',
      [bearer, `${dpop}, ${error}`],
    ]);
    expect((await outcome({ dpop: 'require' }, { authorization: `Bearer ${free}` })).slice(0, 2)).toEqual([
      'dpop-required',
      [`${dpop}, ${error}`],
    ]);
    expect((await outcome({ dpop: 'off' }, { authorization: `DPoP ${free}`, dpop: proof })).slice(0, 2)).toEqual([
      'unsupported-scheme',
      [bearer],
    ]);
  });

  it('that is not bound is let in as Bearer; a proof beside it is not looked at, and the event says so', async () => {
    const free = await signer.sign(claimsOf());
    const [reason, , event] = await outcome({}, { authorization: `Bearer ${free}`, dpop: 'garbage' });
    expect([reason, event['dpopProofIgnored']]).toEqual(['ok', true]);
    expect((await outcome({}, { authorization: `Bearer ${free}` }))[2]).not.toHaveProperty('dpopProofIgnored');
  });

  it.each([1, null, '', {}, 'x'.repeat(43), `${'A'.repeat(43)}=`, 'A'.repeat(42)])(
    'bound to %j is bound to nothing that a key could have (RFC 7638 §3)',
    async (jkt) => {
      const bound = await tokenBoundTo(jkt);
      const bench = benchOf(backend);
      const decision = await bench.check(dpopRequest(bound, await client.prove(bound)));
      expect(decision.kind).toBe('refuse');
      expect(bench.events).toMatchObject([{ reason: 'confirmation-unsupported' }]);
    },
  );
});

describe('the options of nonces', () => {
  it.each<[string, Partial<JwtOptions>, string, string]>([
    ['nonces without proofs', { dpop: 'off', dpopNonce: 'require' }, 'dpopNonce', 'contradicting-options'],
    ['a mode that is none', { dpopNonce: 'allow' as 'off' }, 'dpopNonce', 'invalid-option'],
    [
      'a secret without nonces',
      { dpopNonceSecretBase64: nonces.dpopNonceSecretBase64 },
      'dpopNonceSecretBase64',
      'contradicting-options',
    ],
    [
      'a secret that is no base64',
      { dpopNonce: 'require', dpopNonceSecretBase64: '?' },
      'dpopNonceSecretBase64',
      'malformed-secret',
    ],
    [
      'a secret that is too short',
      { dpopNonce: 'require', dpopNonceSecretBase64: 'c2hvcnQ=' },
      'dpopNonceSecretBase64',
      'weak-secret',
    ],
    [
      'a secret that nobody drew',
      { dpopNonce: 'require', dpopNonceSecretBase64: 'A'.repeat(44) },
      'dpopNonceSecretBase64',
      'weak-secret',
    ],
  ])('refuse %s', (_, options, path, reason) => {
    expect(() => benchOf(backends[0]!, options)).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ path, reason })] }),
    );
  });
});
