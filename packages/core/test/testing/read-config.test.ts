import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createAuth, generateApiKey, type ApiKeyStore } from '../../src/index.js';
import { readConfig, type Config, type StoreHooks, type StoreOpener, type StorePlaces } from '../../src/testing.js';
import { atOnce } from '../fixtures/at-once.js';
import { contextOf } from '../fixtures/context.js';
import { sends } from '../fixtures/request.js';
import { makeKeyPair } from '../fixtures/signatures.js';

const { jwk } = makeKeyPair('ES256');
const key = generateApiKey('acme');
const valid = {
  clock: { at: '2026-01-01T00:00:00Z' },
  schemes: {
    access: { type: 'jwt', issuer: 'https://issuer.example', audience: 'api', jwks: { keys: [jwk] } },
    keys: { type: 'apiKey', prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1' }] },
  },
  routes: [
    { method: 'GET', path: '/any', require: { anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] } },
    { method: 'GET', path: '/undeclared', undeclared: true },
  ],
};
const route = valid.routes[0]!;

function configOf(json: unknown): Config {
  const result = readConfig(json);
  if (result.kind !== 'config') throw new Error(JSON.stringify(result.faults));
  return result.config;
}

function faultsOf(json: unknown): readonly string[] {
  const result = readConfig(json);
  return result.kind === 'faults' ? result.faults.map(({ path, reason }) => `${path} ${reason}`) : [];
}

describe('readConfig', () => {
  it('makes options that createAuth takes, and routes', () => {
    const config = configOf(valid);
    expect(createAuth(config.options).schemes).toHaveProperty('access');
    expect(config.options.clock.now()).toBe(Date.UTC(2026, 0, 1) / 1000);
    expect(config.routes).toEqual([
      { ...route, options: {} },
      { method: 'GET', path: '/undeclared', require: undefined, options: {} },
    ]);
  });

  it('fills in what is left out', () => {
    expect(configOf(valid)).toMatchObject({
      listen: { host: '127.0.0.1', port: 0 },
      bodyParser: 'after',
      audit: undefined,
    });
  });

  it('takes every member', () => {
    const json = {
      ...valid,
      listen: { host: '::1', port: 8080 },
      clock: { offsetSeconds: -5 },
      realm: 'orders',
      maxCredentialBytes: 100,
      bodyLimitBytes: 200,
      insecureTransport: 'refuse',
      trustProxy: ['10.0.0.0/8'],
      forwardedFields: ['x-forwarded-for'],
      bodyParser: 'before-lossy',
      audit: { file: 'audit.jsonl', chain: false, required: false },
      stores: { type: 'memory' },
      http2: false,
      policy: { roles: { clerk: { permissions: ['orders:read'] } } },
      routes: [{ ...route, hideForbidden: true, kind: 'http' }],
    };
    expect(configOf(json)).toMatchObject({
      listen: { host: '::1', port: 8080 },
      bodyParser: 'before-lossy',
      audit: { required: false },
      options: { realm: 'orders', maxCredentialBytes: 100, bodyLimitBytes: 200, insecureTransport: 'refuse' },
      routes: [{ options: { hideForbidden: true } }],
    });
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'config'],
    ['nothing', undefined],
  ])('refuses %s', (_, json) => {
    expect(faultsOf(json)).toEqual(['$ invalid-option']);
  });

  it.each([
    ['an unknown member', { colour: 1 }, 'colour unknown-option'],
    ['an unknown member of listen', { listen: { hosts: 'a' } }, 'listen.hosts unknown-option'],
    ['an unknown member of audit', { audit: { file: 'a', path: 'b' } }, 'audit.path unknown-option'],
    ['an unknown member of clock', { clock: { now: 1 } }, 'clock invalid-option'],
    [
      'an unknown member of a scheme',
      { schemes: { ...valid.schemes, access: { ...valid.schemes.access, audiences: 'x' } } },
      'schemes.access.audiences unknown-option',
    ],
    [
      'an unknown member of a key',
      {
        schemes: {
          ...valid.schemes,
          keys: { ...valid.schemes.keys, keys: [{ id: 'k', key, subject: 's', owner: 'x' }] },
        },
      },
      'schemes.keys.keys[0].owner unknown-option',
    ],
    ['an unknown member of a route', { routes: [{ ...route, requires: 1 }] }, 'routes[0].requires unknown-option'],
    [
      'an unknown member of a requirement',
      { routes: [{ ...route, require: { scheme: 'keys', scope: ['x'] } }] },
      'routes[0].require.scope unknown-option',
    ],
    ['an unknown member of a policy', { policy: { roles: {}, rule: [] } }, 'policy.rule unknown-option'],
    ['a port that is none', { listen: { port: 70_000 } }, 'listen.port invalid-option'],
    ['a port in text', { listen: { port: '80' } }, 'listen.port invalid-option'],
    ['a host that is no text', { listen: { host: 1 } }, 'listen.host invalid-option'],
    ['listen that is no object', { listen: '127.0.0.1:80' }, 'listen invalid-option'],
    ['a time without a zone', { clock: { at: '2026-01-01T00:00:00' } }, 'clock invalid-option'],
    ['an offset in text', { clock: { offsetSeconds: '5' } }, 'clock invalid-option'],
    ['a clock that is no object', { clock: '2026-01-01T00:00:00Z' }, 'clock invalid-option'],
    ['a realm with a line break', { realm: 'a\nb' }, 'realm invalid-option'],
    ['a size of zero', { maxCredentialBytes: 0 }, 'maxCredentialBytes invalid-option'],
    ['true for insecureTransport', { insecureTransport: true }, 'insecureTransport invalid-option'],
    ['true for trustProxy', { trustProxy: true }, 'trustProxy invalid-option'],
    ['a range with host bits', { trustProxy: ['10.0.0.1/8'] }, 'trustProxy[0] invalid-option'],
    ['forwarded fields of nobody', { forwardedFields: ['forwarded'] }, 'forwardedFields trust-proxy-required'],
    ['a place of the body parser that nobody knows', { bodyParser: 'never' }, 'bodyParser invalid-option'],
    ['an audit key without a chain', { audit: { file: 'a', signingKey: 'k' } }, 'audit.signingKey chain-required'],
    [
      'an audit key that is not there',
      { audit: { file: 'a', chain: true, signingKey: '/nowhere/k' } },
      'audit.chain.signingKeyFile malformed-key',
    ],
    ['an audit that may be required', { audit: { file: 'a', required: 'yes' } }, 'audit.required invalid-option'],
    ['audit without a file', { audit: {} }, 'audit.file invalid-option'],
    ['audit that is no object', { audit: 'audit.jsonl' }, 'audit.file invalid-option'],
    ['a policy that is null', { policy: null }, 'policy invalid-option'],
    ['roles that are no object', { policy: { roles: 5 } }, 'policy.roles invalid-option'],
    ['no routes', { routes: undefined }, 'routes invalid-option'],
    ['a route in lower case', { routes: [{ ...route, method: 'get' }] }, 'routes[0].method invalid-option'],
    ['a route without a slash', { routes: [{ ...route, path: 'any' }] }, 'routes[0].path invalid-option'],
    ['a route with neither', { routes: [{ method: 'GET', path: '/' }] }, 'routes[0].require requirement-required'],
    ['a route with both', { routes: [{ ...route, undeclared: true }] }, 'routes[0].require requirement-required'],
    [
      'undeclared that is not true',
      { routes: [{ method: 'GET', path: '/', undeclared: 'yes' }] },
      'routes[0].undeclared invalid-option',
    ],
    [
      'hideForbidden that is no boolean',
      { routes: [{ ...route, hideForbidden: 1 }] },
      'routes[0].hideForbidden invalid-option',
    ],
    ['a kind that is still to come', { routes: [{ ...route, kind: 'websocket' }] }, 'routes[0].kind not-supported'],
    ['one route twice', { routes: [route, route] }, 'routes[1] duplicate-route'],
    ['a requirement that is null', { routes: [{ ...route, require: null }] }, 'routes[0].require invalid-requirement'],
    [
      'an allOf that is null',
      { routes: [{ ...route, require: { allOf: null } }] },
      'routes[0].require.allOf invalid-requirement',
    ],
    [
      'an unknown scheme',
      { routes: [{ ...route, require: { scheme: 'users' } }] },
      'routes[0].require.scheme unknown-scheme',
    ],
    ['stores of another kind', { stores: { type: 'file' } }, 'stores.type invalid-option'],
    ['stores without a place', { stores: { type: 'redis' } }, 'stores.url invalid-option'],
    ['a URL of another kind', { stores: { type: 'postgres', url: 'redis://a' } }, 'stores.url invalid-option'],
    [
      'a prefix that is no name',
      { stores: { type: 'redis', url: 'redis://a', prefix: 'a"; --' } },
      'stores.prefix invalid-option',
    ],
    ['a store that nobody has', { stores: { type: 'each', colours: {} } }, 'stores.colours unknown-option'],
    [
      'keys in Redis',
      { stores: { type: 'each', credentials: { type: 'redis', url: 'redis://a' } } },
      'stores.credentials.type invalid-option',
    ],
    ['stores where no program opens them', { stores: { type: 'redis', url: 'redis://a' } }, 'stores not-supported'],
    ['an issuer without clients', { issuer: { mount: '/oauth' } }, 'issuer.clients invalid-option'],
    [
      'a client that is proved by a certificate, which nothing names',
      { issuer: { clients: [{ clientId: 'a', clientAuthentication: 'tls_client_auth', scopes: [] }] } },
      'issuer.clientCertificates client-certificates-required',
    ],
    [
      'a store of the issuer, which JSON cannot hold',
      { issuer: { clients: [], isActive: true } },
      'issuer.isActive invalid-option',
    ],
  ])('refuses %s with its path and reason', (_, change, fault) => {
    const json = Object.fromEntries(Object.entries({ ...valid, ...change }).filter(([, value]) => value !== undefined));
    expect(faultsOf(json)).toEqual([fault]);
  });

  it.each([
    ['no schemes', {}, 'schemes schemes-required'],
    ['a scheme of no type', { a: {} }, 'schemes.a.type invalid-option'],
    ['a scheme that is null', { a: null }, 'schemes.a.type invalid-option'],
    ['a profile that nobody knows', { a: { type: 'hmac', profile: 'x' } }, 'schemes.a.profile invalid-option'],
    [
      'a webhook without a secret',
      { a: { type: 'hmac', profile: 'github', keys: [{ subject: 'github' }] } },
      'schemes.a.keys[0].secret weak-secret',
    ],
    [
      'a region that no scope can name',
      {
        a: {
          type: 'hmac',
          profile: 'aws-sigv4',
          region: 'eu/west',
          service: 's3',
          keys: [{ keyid: 'AKID', secret: 'a secret of some length', subject: 'svc' }],
        },
      },
      'schemes.a.region invalid-option',
    ],
    [
      'a store where JSON can hold none',
      { a: { type: 'apiKey', prefix: 'acme', store: null } },
      'schemes.a.store invalid-option',
    ],
    ['keys without a prefix', { a: { type: 'apiKey', keys: [] } }, 'schemes.a.prefix invalid-option'],
    ['a mode of DPoP that is none', { a: { ...valid.schemes.access, dpop: 'on' } }, 'schemes.a.dpop invalid-option'],
    [
      'nonces for proofs that are off',
      { a: { ...valid.schemes.access, dpopNonce: 'require' } },
      'schemes.a.dpopNonce contradicting-options',
    ],
    [
      'a tolerance in text',
      { a: { ...valid.schemes.access, clockToleranceSeconds: '5' } },
      'schemes.a.clockToleranceSeconds invalid-option',
    ],
  ])('refuses %s', (_, schemes, fault) => {
    expect(faultsOf({ ...valid, schemes, routes: [] })).toEqual([fault]);
  });

  it('tells several faults at once, each with its place', () => {
    const json = {
      colour: 1,
      listen: { port: -1 },
      realm: 5,
      schemes: { ...valid.schemes, access: { type: 'jwt' } },
      routes: [{ method: 'GET', path: '/a', require: { scheme: 'nobody' } }, { method: 'x' }],
    };
    expect([...faultsOf(json)].toSorted()).toEqual([
      'colour unknown-option',
      'listen.port invalid-option',
      'realm invalid-option',
      'routes[0].require.scheme unknown-scheme',
      'routes[1].method invalid-option',
      'routes[1].path invalid-option',
      'routes[1].require requirement-required',
      'schemes.access.audience audience-required',
      'schemes.access.issuer issuer-required',
      'schemes.access.jwks keys-required',
    ]);
  });

  it('tells faults of other options although no scheme could be made', () => {
    expect(faultsOf({ ...valid, schemes: { a: { type: 'x' } }, realm: 5, routes: [] })).toEqual([
      'schemes.a.type invalid-option',
      'realm invalid-option',
    ]);
  });

  it.each([
    ['control that is no boolean', { control: 1 }, 'control invalid-option'],
    [
      'a clock that stands still and runs',
      { clock: { at: '2026-01-01T00:00:00Z', offsetSeconds: 5 } },
      'clock invalid-option',
    ],
  ])('refuses %s', (_, change, fault) => {
    expect(faultsOf({ ...valid, ...change })).toEqual([fault]);
  });

  it('makes handlers of key management, by their whole paths', () => {
    const config = configOf({
      ...valid,
      keyManagement: { scheme: 'keys', path: '/my/keys', require: { scheme: 'keys' } },
    });
    const handlers = config.handlers(createAuth(config.options));
    expect(Object.keys(handlers)).toEqual(['/my/keys', '/my/keys/overdue', '/my/keys/rotate', '/my/keys/revoke']);
    expect(configOf(valid).handlers(createAuth(config.options))).toEqual({});
  });

  it.each([
    [{}, ['scheme invalid-option', 'require requirement-required']],
    [{ scheme: 'access', require: { scheme: 'keys' } }, ['scheme invalid-option']],
    [{ scheme: 'keys', require: { scheme: 'nobody' } }, ['require.scheme unknown-scheme']],
    [
      { scheme: 'keys', require: { scheme: 'keys' }, mayGrant: 'all' },
      ['mayGrant unknown-option', 'mayGrant invalid-option'],
    ],
    [{ scheme: 'keys', require: { scheme: 'keys' }, rotationSeconds: 1 }, ['rotationSeconds lifetime-out-of-range']],
  ])('refuses key management of %j', (keyManagement, faults) => {
    expect(faultsOf({ ...valid, keyManagement })).toEqual(faults.map((fault) => `keyManagement.${fault}`));
  });

  it('refuses for each of several issuers what is still to come for one', () => {
    const { issuer, audience, jwks } = valid.schemes.access;
    const entry = { issuer, audience, jwks };
    const schemes = (second: object): object => ({
      many: {
        type: 'jwt',
        issuers: [
          { ...entry, dpop: 'off' },
          { ...entry, issuer: 'https://b.example', ...second },
        ],
      },
    });
    expect(faultsOf({ ...valid, schemes: schemes({}), routes: [] })).toEqual([]);
    expect(faultsOf({ ...valid, schemes: schemes({ dpop: 'allow' }), routes: [] })).toEqual([
      'schemes.many.issuers[1].dpop not-supported',
    ]);
    expect(faultsOf({ ...valid, schemes: schemes({ colour: 1 }), routes: [] })).toEqual([
      'schemes.many.issuers[1].colour unknown-option',
    ]);
  });

  it('lets its hooks take over every store of a configuration with control, and of no other', async () => {
    const users = [{ username: 'alice', password: 'secret' }];
    const json = { ...valid, schemes: { ...valid.schemes, users: { type: 'basic', users } } };
    const taken: string[] = [];
    const hooks: StoreHooks = {
      apiKeys: (_store, { scheme, prefix }) => {
        taken.push(`${scheme} ${prefix}`);
        return { findApiKey: () => undefined } as Partial<ApiKeyStore> as ApiKeyStore;
      },
      tokens: (store) => store,
      passwords: (store, { scheme }) => {
        taken.push(scheme);
        return store;
      },
      shared: (stores) => {
        taken.push(...Object.keys(stores));
        return stores;
      },
    };
    expect(readConfig(json, hooks)).toMatchObject({ kind: 'config', config: { control: false } });
    expect(taken).toEqual([]);
    const result = readConfig({ ...json, control: true }, hooks);
    expect(taken).toEqual(['keys acme', 'users', 'replay', 'rateLimits', 'revocation']);
    if (result.kind !== 'config') throw new Error('refused');
    const context = contextOf({ clock: result.config.options.clock });
    const { keys } = result.config.options.schemes;
    // The scheme looks up in what the hook answered, which has no key.
    const request = sends({ 'x-api-key': key });
    const extracted = atOnce(keys!.extract(request, { maxCredentialBytes: 8192 }));
    if (extracted.kind !== 'credentials') throw new Error(extracted.kind);
    expect(await keys!.verify(extracted.credentials, request, context)).toMatchObject({ reason: 'unknown-key' });
  });

  it('has stores opened by their names, which take over before the hooks of control do', () => {
    const place = { type: 'redis', url: 'redis://a', prefix: 'auth' } as const;
    const order: string[] = [];
    const takes = (name: string): StoreHooks => ({
      apiKeys: (store, { keys }) => (order.push(`${name} keys of ${keys.map(([, { id }]) => id).join()}`), store),
      passwords: (store, { usernames }) => (order.push(`${name} users ${usernames.join()}`), store),
      shared: (stores) => (order.push(`${name} shared`), stores),
      tokens: (store) => (order.push(`${name} tokens`), store),
    });
    const opened: StorePlaces[] = [];
    const open: StoreOpener = (places) => (opened.push(places), takes('opened'));
    const users = { type: 'basic', users: [{ username: 'alice', password: 'secret' }] };
    const stores = { type: 'each', nonces: { type: 'redis', url: 'redis://a' }, revocation: { type: 'memory' } };
    const json = { ...valid, control: true, stores, schemes: { ...valid.schemes, users } };
    expect(readConfig(json, takes('control'), open)).toMatchObject({ kind: 'config' });
    expect(opened).toEqual([{ replay: place }]);
    expect(order).toEqual([
      'opened keys of k1',
      'control keys of k1',
      'opened users alice',
      'control users alice',
      'opened shared',
      'control shared',
    ]);
    expect(readConfig({ ...valid, stores: place }, undefined, open)).toMatchObject({ kind: 'config' });
    expect(Object.keys(opened[1]!)).toEqual(['replay', 'revocation', 'rateLimits', 'tokens', 'keys', 'sessions']);
    readConfig({ ...valid, stores: { type: 'each' } }, undefined, open);
    expect(opened).toHaveLength(2);
  });

  it('tells the faults of a configuration with control as of any other', () => {
    const json = {
      ...valid,
      control: true,
      schemes: { keys: { type: 'apiKey', prefix: 'ACME', keys: [] }, users: { type: 'basic' } },
      routes: [],
    };
    expect(faultsOf(json)).toEqual(['schemes.keys.prefix invalid-option', 'schemes.users.users users-required']);
  });

  it('takes a scheme that is faulty for known, so that its routes are not faulty as well', () => {
    const json = { ...valid, schemes: { ...valid.schemes, access: { type: 'x' } } };
    expect(faultsOf(json)).toEqual(['schemes.access.type invalid-option']);
  });

  it('shows no key and no secret in its faults', () => {
    const secret = Buffer.from('0123456789abcdef').toString('base64');
    const json = {
      ...valid,
      schemes: {
        keys: {
          type: 'apiKey',
          prefix: 'acme',
          keys: [
            { id: 'k', key: `${key}x`, subject: 's' },
            { id: 'k', key, subject: 1 },
          ],
        },
        access: { ...valid.schemes.access, jwks: undefined, secretBase64: secret },
      },
    };
    const text = JSON.stringify(readConfig(json));
    expect(text).toContain('weak-secret');
    expect(text).not.toContain(key);
    expect(text).not.toContain(secret);
  });

  it('answers a config or faults for any JSON, near to a valid one and far from it', () => {
    const paths = [
      ['listen'],
      ['listen', 'port'],
      ['clock'],
      ['clock', 'at'],
      ['schemes'],
      ['schemes', 'access'],
      ['schemes', 'keys'],
      ['routes'],
      ['routes', '0'],
      ['routes', '0', 'require'],
      ['audit'],
      ['policy'],
      ['policy', 'roles'],
      ['trustProxy'],
      ['forwardedFields'],
    ];
    const members = [
      'type',
      'keys',
      'jwks',
      'store',
      'prefix',
      'audience',
      'algorithms',
      'secretBase64',
      'header',
      'realm',
      'claims',
      'require',
      'method',
      'path',
      'allOf',
      'anyOf',
      'optional',
      'file',
      'users',
      'inherits',
      'permissions',
    ];
    const place = fc
      .tuple(fc.constantFrom(...paths), fc.subarray(members, { maxLength: 1 }))
      .map(([path, member]) => path.concat(member));
    const change = fc.tuple(place, fc.jsonValue({ maxDepth: 2 }));
    const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      const json = structuredClone(valid) as unknown;
      for (const [path, value] of changes) {
        let at = json as Record<string, unknown>;
        for (const step of path.slice(0, -1)) {
          if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
          at = at[step] as Record<string, unknown>;
        }
        at[path.at(-1)!] = value;
      }
      return json;
    });
    fc.assert(
      fc.property(fc.oneof({ weight: 1, arbitrary: fc.jsonValue() }, { weight: 6, arbitrary: changed }), (json) => {
        const result = readConfig(json);
        if (result.kind === 'config') return;
        expect(result.faults.length).toBeGreaterThan(0);
        for (const { path, reason, message } of result.faults) {
          expect(typeof path).toBe('string');
          expect(reason).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
