import { randomBytes } from 'node:crypto';

import { describe, expect, it, vi } from 'vitest';

import {
  apiKey,
  generateApiKey,
  jwt,
  type ApiKeyOptions,
  type AuthRequest,
  type CredentialStore,
  type Decision,
} from '../../../src/index.js';
import { allowed, benchOf, challengesOf, refused, type Bench } from '../../fixtures/guard.js';
import { requestOf, sends } from '../../fixtures/request.js';

const key = generateApiKey('acme');
const other = generateApiKey('acme');
const mistyped = key.slice(0, -1) + (key.endsWith('x') ? 'y' : 'x');
const keys = [
  { id: 'k1', key, subject: 'svc-1' },
  { id: 'k2', key: other, subject: 'svc-2' },
];

const bench = (options: Partial<ApiKeyOptions> = {}): Bench =>
  benchOf({ keys: apiKey({ prefix: 'acme', keys, ...options }) });
const asks = (query: string, headers: Readonly<Record<string, string>> = {}): AuthRequest =>
  requestOf({ target: `/orders?${query}`, headers });

/** What became of a request: the subject, or the reason. */
async function outcomeOf(request: AuthRequest, options: Partial<ApiKeyOptions> = {}): Promise<string | undefined> {
  const { decide, events } = bench(options);
  const decision: Decision = await decide({ scheme: 'keys' }, request);
  return decision.kind === 'allow' ? decision.principal?.subject : events.at(-1)?.reason;
}

const everywhere = { location: ['header', 'authorization', 'bearer'] } as const;

describe('where a key may stand', () => {
  it.each<[string, AuthRequest, Partial<ApiKeyOptions>, string]>([
    ['X-API-Key, by default (key-valid-header)', sends({ 'x-api-key': key }), {}, 'svc-1'],
    [
      'Authorization: ApiKey, by default (key-valid-authorization)',
      sends({ authorization: `apikey ${key}` }),
      {},
      'svc-1',
    ],
    ['a field of another name', sends({ 'x-token': key }), { header: 'X-Token' }, 'svc-1'],
    ['X-API-Key where another field is named', sends({ 'x-api-key': key }), { header: 'X-Token' }, 'no-credentials'],
    [
      'Authorization: Bearer, by default (key-as-bearer)',
      sends({ authorization: `Bearer ${key}` }),
      {},
      'unsupported-scheme',
    ],
    ['Authorization: Bearer, where location says so', sends({ authorization: `bearer ${key}` }), everywhere, 'svc-1'],
    ['X-API-Key where location leaves it out', sends({ 'x-api-key': key }), { location: ['bearer'] }, 'no-credentials'],
    [
      'Authorization: ApiKey where location leaves it out',
      sends({ authorization: `ApiKey ${key}` }),
      { location: ['header', 'bearer'] },
      'unsupported-scheme',
    ],
  ])('is %s', async (_, request, options, outcome) => {
    expect(await outcomeOf(request, options)).toBe(outcome);
  });

  it.each<[string, AuthRequest, string]>([
    [
      'a field and Authorization',
      sends({ 'x-api-key': key, authorization: `ApiKey ${other}` }),
      'duplicate-credentials',
    ],
    ['the same in both', sends({ 'x-api-key': key, authorization: `ApiKey ${key}` }), 'duplicate-credentials'],
    [
      'a field and a bearer token',
      sends({ 'x-api-key': key, authorization: `Bearer ${key}` }),
      'duplicate-credentials',
    ],
    ['two field lines', sends({ 'x-api-key': [key, other] }), 'duplicate-credentials'],
    ['two field lines that were joined', sends({ 'x-api-key': `${key}, ${other}` }), 'duplicate-credentials'],
    ['a field and the query', asks(`api_key=${key}`, { 'x-api-key': key }), 'duplicate-credentials'],
  ])('is one place: %s are refused', async (_, request, reason) => {
    expect(await outcomeOf(request, everywhere)).toBe(reason);
    expect(await outcomeOf(request, { ...everywhere, insecureQueryParameter: true })).toBe(reason);
  });
});

describe('a bearer token', () => {
  it('that begins as keys do is judged as one', async () => {
    expect(await outcomeOf(sends({ authorization: `Bearer ${mistyped}` }), everywhere)).toBe('key-malformed');
    expect(await outcomeOf(sends({ authorization: `Bearer ${generateApiKey('acme')}` }), everywhere)).toBe(
      'unknown-key',
    );
  });

  it('of any other form is no key, and refused where nobody else takes it', async () => {
    const { decide, events } = bench(everywhere);
    const decision = refused(await decide({ scheme: 'keys' }, sends({ authorization: 'Bearer a.b.c' })));
    expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
    expect(challengesOf(decision)).toEqual(['ApiKey realm="api"']);
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'key-malformed' }]);
  });

  it('stands beside tokens: each scheme takes its own, by form alone', async () => {
    const secretBase64 = randomBytes(32).toString('base64');
    const access = jwt({ issuer: 'https://issuer.example', audience: 'https://api.example', secretBase64 });
    const { decide, events } = benchOf({ access, keys: apiKey({ prefix: 'acme', keys, ...everywhere }) });
    const any = { anyOf: [{ scheme: 'access' }, { scheme: 'keys' }] };
    const decision = await decide(any, sends({ authorization: `Bearer ${key}` }));
    expect(allowed(decision).principal).toMatchObject({ scheme: 'keys', subject: 'svc-1' });
    refused(await decide(any, sends({ authorization: 'Bearer nonsense' })));
    expect(events.at(-1)).toMatchObject({ reason: 'malformed-token', scheme: 'access' });
  });
});

describe('a key in the query', () => {
  it('is refused, good as it may be (key-in-query)', async () => {
    const { decide, events } = bench();
    const decision = refused(await decide({ scheme: 'keys' }, asks(`api_key=${key}`)));
    expect(decision).toMatchObject({ status: 401, code: 'missing-credentials' });
    expect(events).toMatchObject([{ reason: 'credential-in-query', path: '/orders' }]);
  });

  it.each<[string, AuthRequest, Partial<ApiKeyOptions>, string]>([
    ['where the option says true', asks(`api_key=${key}`), { insecureQueryParameter: true }, 'svc-1'],
    ['under the name that the option gives', asks(`a=1&key=${key}`), { insecureQueryParameter: 'key' }, 'svc-1'],
    [
      'under the usual name beside another',
      asks(`api_key=${key}`),
      { insecureQueryParameter: 'key' },
      'credential-in-query',
    ],
    ['twice', asks(`api_key=${key}&api_key=${key}`), { insecureQueryParameter: true }, 'duplicate-credentials'],
    [
      'twice under two names',
      asks(`key=${key}&api_key=${key}`),
      { insecureQueryParameter: 'key' },
      'duplicate-credentials',
    ],
    ['empty', asks('api_key='), { insecureQueryParameter: true }, 'key-malformed'],
    ['mistyped', asks(`api_key=${mistyped}`), { insecureQueryParameter: true }, 'key-malformed'],
    ['not at all', asks('a=1'), { insecureQueryParameter: true }, 'no-credentials'],
  ])('%s', async (_, request, options, outcome) => {
    expect(await outcomeOf(request, options)).toBe(outcome);
  });

  it('stands in no event (CWE-598)', async () => {
    const { decide, events } = bench({ insecureQueryParameter: true });
    await decide({ scheme: 'keys' }, asks(`api_key=${key}`));
    await decide({ scheme: 'keys' }, asks(`api_key=${mistyped}`));
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toContain(key.slice(5, 40));
  });
});

describe('a key of another environment', () => {
  it.each([
    ['test on live', generateApiKey('acme', { environment: 'test' }), 'live', 'key-wrong-environment'],
    ['none on live', key, 'live', 'key-wrong-environment'],
    ['test where none is named', generateApiKey('acme', { environment: 'test' }), undefined, 'key-wrong-environment'],
    ['live on live', generateApiKey('acme', { environment: 'live' }), 'live', 'unknown-key'],
    ['another product', generateApiKey('acne', { environment: 'live' }), 'live', 'key-malformed'],
  ])(
    '(%s) is told before any look-up, and looks like any other (key-wrong-environment)',
    async (_, sent, environment, reason) => {
      const findApiKey = vi.fn<CredentialStore['findApiKey']>(() => undefined);
      const scheme = apiKey({
        prefix: 'acme',
        store: { findApiKey },
        ...(environment !== undefined && { environment }),
      });
      const { decide, events } = benchOf({ keys: scheme });
      const decision = refused(await decide({ scheme: 'keys' }, sends({ 'x-api-key': sent })));
      expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
      expect(challengesOf(decision)).toEqual(['ApiKey realm="api"']);
      expect(events).toMatchObject([{ outcome: 'refuse', reason }]);
      expect(findApiKey).toHaveBeenCalledTimes(reason === 'unknown-key' ? 1 : 0);
    },
  );
});
