import { describe, expect, it } from 'vitest';

import { apiKey, basic, bearer, none } from '../../src/index.js';
import { createPlainBench, refusal, invalidToken, thrownBy } from '../fixtures/client.js';

describe('cli-basic: user name and password', () => {
  it.each([
    // RFC 7617 §2 and §2.1 print the first two.
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['andré', 'a:b:c', `Basic ${Buffer.from('andré:a:b:c', 'utf8').toString('base64')}`],
    ['empty', '', `Basic ${Buffer.from('empty:').toString('base64')}`],
    ['composed', 'e\u0301', `Basic ${Buffer.from('composed:\u00e9', 'utf8').toString('base64')}`],
  ])('%j, %j are sent as Basic of UTF-8 bytes (RFC 7617 §2.1)', async (username, password, field) => {
    const { api, client } = await createPlainBench(basic({ username, password }));
    expect((await client.fetch('/')).status).toBe(200);
    expect(api.seen[0]!.headers.authorization).toBe(field);
  });

  it.each([
    ['a colon in the name', 'a:b', 'x'],
    ['an empty name', '', 'x'],
    ['a line break in the name', 'a\r\nb', 'x'],
    ['a control character in the password', 'a', 'x\u0007'],
    ['a C1 control character', 'a', 'x\u0085'],
    ['half a surrogate pair', 'a', '\ud800'],
  ])('cli-basic-bad-user: %s is no credential of Basic (RFC 7617 §2)', (_title, username, password) => {
    const error = thrownBy(() => basic({ username, password }));
    expect(error).toMatchObject({ name: 'ClientError', code: 'invalid-credential-config' });
    expect(String(error)).not.toContain('a:b');
  });
});

describe('an API key', () => {
  it('is sent in X-API-Key, or in the field that is named', async () => {
    const usual = await createPlainBench(apiKey({ key: 'acme_123' }));
    await usual.client.fetch('/');
    expect(usual.api.seen[0]!.headers).toMatchObject({ 'x-api-key': 'acme_123' });
    expect(usual.api.seen[0]!.headers.authorization).toBeUndefined();
    const other = await createPlainBench(apiKey({ key: 'acme_123', header: 'Api-Token' }));
    await other.client.fetch('/');
    expect(other.api.seen[0]!.headers).toMatchObject({ 'api-token': 'acme_123' });
  });
});

describe('a token of the caller', () => {
  it('is sent as it is (RFC 6750 §2.1)', async () => {
    const { api, client } = await createPlainBench(bearer({ token: 'aZ0-._~+/==' }));
    await client.fetch('/');
    expect(api.seen[0]!.headers.authorization).toBe('Bearer aZ0-._~+/==');
  });
});

describe('no credentials', () => {
  it('leave the field to the caller, and all other rules in force', async () => {
    const { api, client } = await createPlainBench(none());
    await client.fetch('/');
    await client.fetch('/', { headers: { authorization: 'Bearer mine' } });
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer mine']);
    await expect(client.fetch('https://evil.example/')).rejects.toMatchObject({ code: 'origin-mismatch' });
  });
});

describe('cli-header-injection: a credential with a line break', () => {
  it.each([
    ['API key', () => apiKey({ key: 'a\r\nX-Evil: 1' })],
    ['token', () => bearer({ token: 'a\r\nX-Evil: 1' })],
    ['token with a null byte', () => bearer({ token: 'a\0' })],
  ])('%s is refused, and not shown', (_title, make) => {
    const error = thrownBy(make);
    expect(error).toMatchObject({ code: 'invalid-request' });
    expect(String(error)).not.toContain('Evil');
  });

  it.each([
    ['a token that no Bearer field can hold (RFC 6750 §2.1)', () => bearer({ token: 'a b' })],
    ['a token beyond ASCII', () => bearer({ token: 'é' })],
    ['a key with a space', () => apiKey({ key: 'a b' })],
  ])('%s is no credential', (_title, make) => {
    expect(thrownBy(make)).toMatchObject({ code: 'invalid-credential-config' });
  });
});

describe('cli-401-no-retry-other: a 401', () => {
  it.each([
    ['Basic', basic({ username: 'a', password: 'b' })],
    ['an API key', apiKey({ key: 'acme_1' })],
    ['a token that cannot be renewed', bearer({ token: 't' })],
    ['no credentials', none()],
  ])('is handed out for %s, and nothing is sent again', async (_title, auth) => {
    for (const challenge of [undefined, 'Basic realm="api"', invalidToken]) {
      const { api, client, events } = await createPlainBench(auth, { api: () => refusal(challenge) });
      const response = await client.fetch('/');
      expect(response.status).toBe(401);
      expect(client.findReport(response)?.attempts).toBe(1);
      expect(api.seen).toHaveLength(1);
      expect(events).toEqual([]);
    }
  });
});

describe('options', () => {
  it.each<[string, () => unknown, readonly (readonly [string, string])[]]>([
    [
      'nothing for basic',
      () => basic({} as never),
      [
        ['username', 'invalid-option'],
        ['password', 'invalid-option'],
      ],
    ],
    [
      'a misspelt one',
      () => basic({ username: 'a', password: 'b', pasword: 'c' } as never),
      [['pasword', 'unknown-option']],
    ],
    [
      'no key, and no name of a field',
      () => apiKey({ key: '', header: 'a b' }),
      [
        ['key', 'invalid-option'],
        ['header', 'invalid-option'],
      ],
    ],
    ['a token that is no text', () => bearer({ token: 5 as never }), [['token', 'invalid-option']]],
  ])('%s: every fault is named', (_title, make, faults) => {
    const error = thrownBy(make) as { readonly faults: readonly { readonly path: string; readonly reason: string }[] };
    expect(error.faults.map(({ path, reason }) => [path, reason])).toEqual(faults);
  });
});
