import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  isConfigurationError,
  jwt,
  type Fault,
  type Fetch,
  type JwtOptions,
  type ManyIssuersOptions,
} from '../../../src/index.js';
import { keysOf, serveDocuments, silence, type DocumentServer } from '../../fixtures/documents.js';
import { allowed, benchOf, challengesOf, type Bench } from '../../fixtures/guard.js';
import { keyBench } from '../../fixtures/remote-keys.js';
import { sends } from '../../fixtures/request.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../../fixtures/tokens.js';

const other = 'https://other.example';
let ours: Signer;
let theirs: Signer;
let server: DocumentServer;
beforeAll(async () => {
  // One kid for both: what keeps them apart is the issuer.
  [ours, theirs] = await Promise.all([makeSigner('ES256', 'k1'), makeSigner('ES256', 'k1')]);
});
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());

function faultsOf(options: object): readonly (readonly [string, string])[] {
  let faults: readonly Fault[] = [];
  try {
    jwt(options as JwtOptions);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    ({ faults } = error);
  }
  return faults.map(({ path, reason }) => [path, reason] as const);
}

const both = (): ManyIssuersOptions => ({
  audience: 'api',
  issuers: [
    { issuer, jwks: keysOf(ours) },
    { issuer: other, audience: 'their-api', jwks: keysOf(theirs), map: { roles: 'groups' } },
  ],
});
const reasonWith =
  ({ decide, events }: Bench, roles?: readonly string[]) =>
  async (token: string): Promise<string> => {
    await decide({ scheme: 'access', ...(roles && { roles }) }, sends({ authorization: `Bearer ${token}` }));
    return events.at(-1)!.reason;
  };

describe('jwt() of several issuers', () => {
  it('takes tokens of each by its own keys and its own audience', async () => {
    const bench = benchOf({ access: jwt(both()) });
    const reasonOf = reasonWith(bench);
    expect(await reasonOf(await ours.sign(claimsOf()))).toBe('ok');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other, aud: 'their-api' })))).toBe('ok');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other })))).toBe('bad-audience');
    expect(bench.events).toMatchObject([{ issuer }, { issuer: other }, { issuer: null }]);
  });

  it('never takes a key of one for another, also of one kid (jwt-issuer-key-scope)', async () => {
    const reasonOf = reasonWith(benchOf({ access: jwt(both()) }));
    expect(await reasonOf(await theirs.sign(claimsOf()))).toBe('signature-mismatch');
    expect(await reasonOf(await ours.sign(claimsOf({ iss: other, aud: 'their-api' })))).toBe('signature-mismatch');
  });

  it('maps claims for each by its own map (jwt-multi-issuer-policy)', async () => {
    const reasonOf = reasonWith(benchOf({ access: jwt(both()) }), ['admin']);
    const groups = { groups: ['admin'] };
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other, aud: 'their-api', ...groups })))).toBe('ok');
    expect(await reasonOf(await ours.sign(claimsOf(groups)))).toBe('role-missing');
  });

  it('does not compare its subjects with our own, unless one issuer is all it has', () => {
    expect('issuer' in jwt(both())).toBe(false);
    expect(jwt({ issuers: [both().issuers[0]!], audience: 'api' }).issuer).toBe(issuer);
    expect(jwt({ issuer, audience: 'api', jwks: keysOf(ours) }).issuer).toBe(issuer);
  });

  it('holds each issuer to its own profile and times, and to what stands beside issuers else', async () => {
    const access = jwt({
      audience: 'api',
      profile: 'rfc9068',
      maxLifetimeSeconds: 60,
      issuers: [
        { issuer, jwks: keysOf(ours), profile: 'generic', maxLifetimeSeconds: 600 },
        { issuer: other, jwks: keysOf(theirs) },
      ],
    });
    const reasonOf = reasonWith(benchOf({ access }));
    const untyped = { typ: undefined };
    expect(await reasonOf(await ours.sign(claimsOf(), untyped))).toBe('ok');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other }), untyped))).toBe('bad-type');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other })))).toBe('lifetime-too-long');
  });

  it('may have a shared secret with one and public keys of another', async () => {
    const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7));
    const options = {
      audience: 'api',
      issuers: [
        { issuer, jwks: keysOf(ours) },
        { issuer: other, secretBase64: secret.toString('base64') },
      ],
    };
    const { SignJWT } = await import('jose');
    const signed = (iss: string): Promise<string> =>
      new SignJWT(claimsOf({ iss })).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(secret);
    const reasonOf = reasonWith(benchOf({ access: jwt(options) }));
    expect(await reasonOf(await signed(other))).toBe('ok');
    expect(await reasonOf(await signed(issuer))).toBe('alg-not-allowed');
  });

  it.each([
    ['of an issuer that is not named', 'https://attacker.example'],
    ['with a slash more', `${issuer}/`],
    ['in another case', issuer.toUpperCase()],
    ['with the port spelled out', `${issuer}:443`],
    ['with a dot behind the host', `${issuer}.`],
    ['of a list of issuers', [issuer]],
    ['of no issuer', undefined],
    ['of what every object has', 'constructor'],
  ])('refuses a token %s without a single request (jwt-issuer-unknown-no-fetch, jwt-iss-near)', async (_, iss) => {
    const asked: string[] = [];
    const fetch: Fetch = async (url) => {
      asked.push(url);
      throw new Error('no request may leave');
    };
    const bench = benchOf({ access: jwt({ audience: 'api', fetch, issuers: [{ issuer }, { issuer: other }] }) });
    const request = sends({ authorization: `Bearer ${await ours.sign(claimsOf({ iss }))}` });
    const decision = await bench.decide({ scheme: 'access' }, request);
    expect(decision).toMatchObject({ kind: 'refuse', status: 401, code: 'invalid-token' });
    expect(challengesOf(decision)).toHaveLength(1);
    expect(bench.events).toMatchObject([{ outcome: 'refuse', reason: 'bad-issuer' }]);
    expect(asked).toEqual([]);
  });

  it('leaves a token of an issuer that is not named to another scheme of the route', async () => {
    const bench = benchOf({
      a: jwt({ issuer, audience: 'api', jwks: keysOf(ours) }),
      b: jwt({ issuer: other, audience: 'api', jwks: keysOf(theirs) }),
    });
    const authorization = `Bearer ${await theirs.sign(claimsOf({ iss: other }))}`;
    const decision = allowed(
      await bench.decide({ anyOf: [{ scheme: 'a' }, { scheme: 'b' }] }, sends({ authorization })),
    );
    expect(decision.principal).toMatchObject({ scheme: 'b', issuer: other });
  });

  it('keeps the outage of one from the other, and fetches ahead for all', async () => {
    server.serve(silence, '/theirs');
    server.serve(keysOf(ours), '/ours');
    const { auth, reasonOf } = keyBench({
      audience: 'api',
      allowInsecureHttp: true,
      keySet: { timeoutSeconds: 0.05 },
      issuers: [
        { issuer, jwksUri: server.url('/ours'), keySet: { timeoutSeconds: 60 } },
        { issuer: other, jwksUri: server.url('/theirs') },
      ],
    });
    await auth.ready();
    expect(await reasonOf(await ours.sign(claimsOf()))).toBe('ok');
    expect(await reasonOf(await theirs.sign(claimsOf({ iss: other })))).toBe('jwks-unavailable');
    expect(server.fetches('/ours')).toBe(1);
    await auth.close();
  });

  it('answers at once where all keys are written out, with node:crypto', async () => {
    const { decide } = benchOf({ access: jwt(both()) });
    const authorization = `Bearer ${await ours.sign(claimsOf())}`;
    expect(allowed(decide({ scheme: 'access' }, sends({ authorization })) as never).principal?.issuer).toBe(issuer);
  });
});

describe('options of several issuers', () => {
  it.each([
    ['no list', { issuers: {} }, [['issuers', 'issuer-required']]],
    ['an empty list', { issuers: [] }, [['issuers', 'issuer-required']]],
    ['an entry that is none', { audience: 'api', issuers: [null] }, [['issuers[0]', 'invalid-option']]],
    [
      'an entry without issuer',
      { audience: 'api', issuers: [{ jwksUri: 'https://a.example/' }] },
      [['issuers[0].issuer', 'issuer-required']],
    ],
    ['no audience anywhere', { issuers: [{ issuer }] }, [['issuers[0].audience', 'audience-required']]],
    [
      'one issuer twice',
      { audience: 'api', issuers: [{ issuer }, { issuer }] },
      [['issuers[1].issuer', 'duplicate-issuer']],
    ],
    [
      'an unknown option in an entry',
      { audience: 'api', issuers: [{ issuer, realm: 'a' }] },
      [['issuers[0].realm', 'unknown-option']],
    ],
    [
      'an issuer and keys beside',
      { issuer, jwksUri: 'https://a.example/', audience: 'api', issuers: [{ issuer }] },
      [
        ['issuer', 'contradicting-options'],
        ['jwksUri', 'contradicting-options'],
      ],
    ],
    [
      'HS256 for public keys of one',
      { audience: 'api', issuers: [{ issuer }, { issuer: other, algorithms: ['HS256'] }] },
      [['issuers[1].algorithms', 'mixed-algorithm-families']],
    ],
    [
      'a faulty option beside, once for each',
      { audience: 'api', clockToleranceSeconds: 301, issuers: [{ issuer }] },
      [['issuers[0].clockToleranceSeconds', 'tolerance-too-large']],
    ],
    [
      'faults of one and of the scheme at once',
      { audience: 'api', realm: '\n', issuers: [{ issuer, jwksUri: 'http://a.example/' }] },
      [
        ['issuers[0].jwksUri', 'insecure-url'],
        ['realm', 'invalid-option'],
      ],
    ],
  ])('are refused with %s', (_, options, faults) => {
    expect(faultsOf(options)).toEqual(faults);
  });
});

describe('options of keys from elsewhere', () => {
  const remote = { issuer, audience: 'api', jwksUri: 'https://issuer.example/jwks' };

  it.each([
    ['a URL', {}],
    ['discovery', { jwksUri: undefined }],
    ['http where it is allowed', { jwksUri: 'http://127.0.0.1/jwks', allowInsecureHttp: true }],
    [
      'all of keySet',
      {
        keySet: {
          timeoutSeconds: 60,
          maxBytes: 1,
          maxKeys: 1,
          maxAgeSeconds: 1,
          maxStaleSeconds: 1,
          publicAddressesOnly: true,
        },
      },
    ],
    ['an age beyond the default of maxStaleSeconds', { keySet: { maxAgeSeconds: 86_400 } }],
    ['the global fetch', { fetch: globalThis.fetch }],
  ])('are taken with %s', (_, change) => {
    expect(faultsOf({ ...remote, ...change })).toEqual([]);
  });

  it.each([
    ['http (jwks-http-url)', { jwksUri: 'http://issuer.example/jwks' }, 'jwksUri', 'insecure-url'],
    ['user info (jwks-http-url)', { jwksUri: 'https://a:b@issuer.example/jwks' }, 'jwksUri', 'insecure-url'],
    [
      'user info where http is allowed',
      { jwksUri: 'https://a@issuer.example/', allowInsecureHttp: true },
      'jwksUri',
      'insecure-url',
    ],
    ['no URL', { jwksUri: 'jwks' }, 'jwksUri', 'invalid-option'],
    ['no text', { jwksUri: 5 }, 'jwksUri', 'invalid-option'],
    [
      'an http issuer to discover from',
      { jwksUri: undefined, issuer: 'http://issuer.example' },
      'issuer',
      'insecure-url',
    ],
    ['an issuer with a query', { jwksUri: undefined, issuer: 'https://issuer.example/?a' }, 'jwks', 'keys-required'],
    ['two sources of keys', { jwks: { keys: [] } }, 'jwks', 'keys-required'],
    [
      'keySet beside keys that are written out',
      { jwksUri: undefined, jwks: { keys: [{}] }, keySet: {} },
      'keySet',
      'contradicting-options',
    ],
    ['allowInsecureHttp in text', { allowInsecureHttp: 'yes' }, 'allowInsecureHttp', 'invalid-option'],
    ['a fetch that is none', { fetch: 'fetch' }, 'fetch', 'invalid-option'],
    ['keySet that is null', { keySet: null }, 'keySet', 'invalid-option'],
    ['an unknown option of keySet', { keySet: { maxAge: 5 } }, 'keySet.maxAge', 'unknown-option'],
    ['no time at all', { keySet: { timeoutSeconds: 0 } }, 'keySet.timeoutSeconds', 'invalid-option'],
    ['more than a minute', { keySet: { timeoutSeconds: 61 } }, 'keySet.timeoutSeconds', 'invalid-option'],
    ['a time in text', { keySet: { timeoutSeconds: '5' } }, 'keySet.timeoutSeconds', 'invalid-option'],
    ['half a byte', { keySet: { maxBytes: 0.5 } }, 'keySet.maxBytes', 'invalid-option'],
    ['no keys', { keySet: { maxKeys: 0 } }, 'keySet.maxKeys', 'invalid-option'],
    ['endless age', { keySet: { maxAgeSeconds: Infinity } }, 'keySet.maxAgeSeconds', 'invalid-option'],
    [
      'stale before it is old',
      { keySet: { maxAgeSeconds: 60, maxStaleSeconds: 59 } },
      'keySet.maxStaleSeconds',
      'invalid-option',
    ],
    [
      'publicAddressesOnly in text',
      { keySet: { publicAddressesOnly: 'no' } },
      'keySet.publicAddressesOnly',
      'invalid-option',
    ],
    [
      'publicAddressesOnly beside a fetch of one’s own',
      { fetch: globalThis.fetch, keySet: { publicAddressesOnly: true } },
      'keySet.publicAddressesOnly',
      'contradicting-options',
    ],
  ])('are refused with %s', (_, change, path, reason) => {
    expect(faultsOf({ ...remote, ...change })).toEqual([[path, reason]]);
  });

  it('keep to public addresses where they are told to (jwks-private-address)', async () => {
    server.serve(keysOf(ours));
    const { reasonOf, errors } = keyBench({
      issuer,
      audience: 'api',
      jwksUri: server.url().replace('127.0.0.1', 'localhost'),
      allowInsecureHttp: true,
      keySet: { publicAddressesOnly: true, timeoutSeconds: 60 },
    });
    expect(await reasonOf(await ours.sign(claimsOf()))).toBe('jwks-unavailable');
    expect(errors).toMatchObject([{ message: /public address/ }]);
    expect(server.fetches()).toBe(0);
  });

  it('cannot keep to public addresses where the runtime hides them', async () => {
    vi.resetModules();
    vi.doMock('#public-fetch', () => import('../../../src/http/public-fetch.js'));
    const elsewhere = await import('../../../src/index.js');
    expect(() => elsewhere.jwt({ ...remote, keySet: { publicAddressesOnly: true } })).toThrow('cannot be kept');
    vi.doUnmock('#public-fetch');
    vi.resetModules();
  });
});
