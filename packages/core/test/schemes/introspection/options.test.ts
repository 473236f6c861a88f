import { describe, expect, it } from 'vitest';

import { introspection, isConfigurationError, type Fault } from '../../../src/index.js';

const good = {
  endpoint: 'https://issuer.example/introspect',
  audience: 'api',
  clientId: 'rs',
  clientSecret: 'hidden-secret',
};

function faultsOf(change: object): readonly Fault[] {
  try {
    introspection({ ...good, ...change });
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return error.faults;
  }
  return [];
}

describe('options of introspection()', () => {
  it.each([
    ['those above', {}],
    ['an issuer alone, from which the endpoint is found', { endpoint: undefined, issuer: 'https://issuer.example' }],
    ['a client that is proved by its connection', { clientSecret: undefined, clientAuthentication: 'tls_client_auth' }],
    ['no audience', { audience: undefined }],
  ])('may be %s', (_, change) => {
    expect(faultsOf(change)).toEqual([]);
  });

  it.each([
    ['an option that is none', { audiences: 'api' }, 'audiences unknown-option'],
    ['no place', { endpoint: undefined }, 'endpoint endpoint-required'],
    [
      'an issuer that is no URL, and no endpoint',
      { endpoint: undefined, issuer: 'issuer' },
      'endpoint endpoint-required',
    ],
    ['http', { endpoint: 'http://issuer.example/introspect' }, 'endpoint insecure-url'],
    ['a password in the URL', { endpoint: 'https://rs:pw@issuer.example/' }, 'endpoint insecure-url'],
    ['a fragment', { endpoint: 'https://issuer.example/#i' }, 'endpoint invalid-option'],
    ['no client', { clientId: undefined }, 'clientId client-required'],
    ['nothing to prove it by', { clientSecret: undefined }, 'clientAuthentication client-authentication-required'],
    [
      'a method that nobody knows',
      { clientAuthentication: 'none' },
      'clientAuthentication client-authentication-required',
    ],
    [
      'a secret beside a certificate',
      { clientAuthentication: 'tls_client_auth' },
      'clientSecret contradicting-options',
    ],
    [
      'a secret beside a key',
      { clientAuthentication: 'private_key_jwt', issuer: 'i' },
      'signingKey client-authentication-required',
    ],
    [
      'a key without an issuer',
      { clientSecret: undefined, signingKey: { algorithm: 'ES256', privateKeyPem: 'x' } },
      'issuer issuer-required',
    ],
    [
      'a key of an algorithm that is none',
      { clientSecret: undefined, issuer: 'i', signingKey: { algorithm: 'none', privateKeyPem: 'x' } },
      'signingKey.algorithm unknown-algorithm',
    ],
    ['an empty audience', { audience: '' }, 'audience audience-required'],
    ['an empty list', { audience: [] }, 'audience audience-required'],
    [
      'leave for a missing audience without one',
      { audience: undefined, allowMissingAudience: true },
      'allowMissingAudience contradicting-options',
    ],
    ['an answer that is kept for an hour', { cacheSeconds: 3600 }, 'cacheSeconds invalid-option'],
    ['no time at all', { timeoutSeconds: 0 }, 'timeoutSeconds invalid-option'],
    ['a clock that is far off', { clockToleranceSeconds: 301 }, 'clockToleranceSeconds invalid-option'],
    ['signed answers of nobody', { signedResponse: 'require' }, 'issuer issuer-required'],
    ['keys for plain answers', { jwks: { keys: [] } }, 'jwks contradicting-options'],
    ['signed answers of a kind that is none', { signedResponse: true }, 'signedResponse invalid-option'],
    ['a fetch that is none', { fetch: {} }, 'fetch invalid-option'],
    ['a map that is none', { map: { scopes: '' } }, 'map.scopes invalid-option'],
  ])('cannot have %s', (_, change, fault) => {
    const faults = faultsOf(change);
    expect(faults.map(({ path, reason }) => `${path} ${reason}`)).toContain(fault);
    expect(JSON.stringify(faults)).not.toContain('hidden-secret');
  });
});
