import { describe, expect, it } from 'vitest';

import { apiKey, generateApiKey, isConfigurationError, type ApiKeyOptions } from '../../../src/index.js';

const key = generateApiKey('acme');
const live = generateApiKey('acme', { environment: 'live' });
const entry = { id: 'k1', key, subject: 'svc-1' };
const store = { findApiKey: () => undefined };

function faultsOf(options: unknown): readonly string[] {
  try {
    apiKey(options as ApiKeyOptions);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    const text = JSON.stringify(error.faults);
    if (text.includes(key.slice(5, 30)) || text.includes(live.slice(10, 30)))
      throw new Error('a fault shows a key', { cause: error });
    return error.faults.map(({ path, reason }) => `${path} ${reason}`);
  }
  return [];
}

describe('options of apiKey()', () => {
  it.each<[string, object]>([
    ['keys', { keys: [entry] }],
    ['a store', { store }],
    ['every place', { store, location: ['header', 'authorization', 'bearer'], header: 'X-Token' }],
    ['one place', { store, location: ['bearer'] }],
    ['an environment', { environment: 'live', keys: [{ ...entry, key: live }] }],
    ['a query parameter', { store, insecureQueryParameter: 'key' }],
    ['the usual query parameter', { store, insecureQueryParameter: true }],
    ['no query parameter', { store, insecureQueryParameter: false }],
    ['an interval', { store, useFlushSeconds: 1 }],
    ['a name', { keys: [{ ...entry, name: 'the nightly build' }] }],
  ])('take %s', (_, options) => {
    expect(faultsOf({ prefix: 'acme', ...options })).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    ['neither keys nor a store', {}, ['keys keys-required']],
    ['an unknown option', { store, locations: ['header'] }, ['locations unknown-option']],
    ['no place', { store, location: [] }, ['location invalid-option']],
    ['an unknown place', { store, location: ['query'] }, ['location invalid-option']],
    ['a place that is no list', { store, location: 'header' }, ['location invalid-option']],
    ['a field that is never read', { store, location: ['bearer'], header: 'X-Key' }, ['header contradicting-options']],
    ['Authorization as the field', { store, header: 'authorization' }, ['header invalid-option']],
    ['an environment in capitals', { store, environment: 'LIVE' }, ['environment invalid-option']],
    ['an environment with an underscore', { store, environment: 'eu_live' }, ['environment invalid-option']],
    [
      'a key of another environment',
      { environment: 'test', keys: [{ ...entry, key: live }] },
      ['keys[0].key key-wrong-environment'],
    ],
    [
      'a key of an environment where none is named',
      { keys: [{ ...entry, key: live }] },
      ['keys[0].key key-wrong-environment'],
    ],
    [
      'a key without environment where one is named',
      { environment: 'live', keys: [entry] },
      ['keys[0].key key-wrong-environment'],
    ],
    ['a key that is none', { keys: [{ ...entry, key: `${key}x` }] }, ['keys[0].key key-malformed']],
    ['a key that is no text', { keys: [{ ...entry, key: 5 }] }, ['keys[0].key key-malformed']],
    ['one id twice', { keys: [entry, { ...entry, key: generateApiKey('acme') }] }, ['keys[1].id duplicate-key']],
    ['one key twice', { keys: [entry, { ...entry, id: 'k2' }] }, ['keys[1].key duplicate-key']],
    ['an empty query parameter', { store, insecureQueryParameter: '' }, ['insecureQueryParameter invalid-option']],
    ['a list as query parameter', { store, insecureQueryParameter: [] }, ['insecureQueryParameter invalid-option']],
    ['an interval of nothing', { store, useFlushSeconds: 0 }, ['useFlushSeconds invalid-option']],
    ['an interval of a day', { store, useFlushSeconds: 86_400 }, ['useFlushSeconds invalid-option']],
    ['a long name', { keys: [{ ...entry, name: 'x'.repeat(201) }] }, ['keys[0].name invalid-option']],
    ['a name that is no text', { keys: [{ ...entry, name: 5 }] }, ['keys[0].name invalid-option']],
  ])('refuse %s', (_, options, faults) => {
    expect(faultsOf({ prefix: 'acme', ...options })).toEqual(faults);
  });

  it('refuse a prefix that is none, and every key with it', () => {
    expect(faultsOf({ prefix: 'ACME', keys: [{ ...entry, key: 5 }, entry] })).toEqual([
      'prefix invalid-option',
      'keys[0].key key-malformed',
      'keys[1].key key-malformed',
    ]);
  });
});
