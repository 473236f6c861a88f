import { describe, expect, it } from 'vitest';

import { createHelperCaller } from '../../src/testing.js';

const party = { issuer: 'https://issuer.example', clientId: 'app' };

describe('createHelperCaller', () => {
  it.each<[string, string, unknown, RegExp]>([
    ['a name that no helper has', 'toString', {}, /toString: is no helper; there are verifyIdToken/],
    ['what is no object', 'verifyIdToken', [], /must be a JSON object/],
    ['a member that no helper takes', 'verifyIdToken', { ...party, idtoken: 'a' }, /idtoken: is not an option/],
    ['a member of another helper', 'userinfo', { ...party, idToken: 'a' }, /idToken: is not an option/],
    ['a wrong option of the relying party', 'userinfo', { ...party, issuer: 'http://issuer.example' }, /issuer: must be an https URL/],
    ['a clock that is none', 'userinfo', { ...party, clock: 5 }, /clock: must be/],
  ])('refuses %s as a configuration error', async (_, name, input, message) => {
    expect(await createHelperCaller().call(name, input)).toEqual({
      error: { code: 'configuration-error' },
      message: expect.stringMatching(message),
    });
  }); // prettier-ignore

  it('answers the code of what a helper throws, and that of an outage', async () => {
    const caller = createHelperCaller();
    const login = {
      ...party,
      redirectUri: 'https://app.example/callback',
      secretBase64: 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=',
    };
    expect(await caller.call('startLogin', { ...login, returnTo: '//evil' })).toMatchObject({
      error: { code: 'return-to-not-allowed' },
    });
    const nowhere = {
      issuer: 'http://127.0.0.1:9',
      clientId: 'app',
      allowInsecureHttp: true,
      accessToken: 'at',
      subject: 'ann',
    };
    expect(await caller.call('userinfo', nowhere)).toMatchObject({ error: { code: 'dependency-unavailable' } });
  });
});

describe('what is signed', () => {
  const call = (name: string, input: object) => createHelperCaller().call(name, input);

  it('is shown as RFC 9421 §2.5 prints it', async () => {
    const message = {
      method: 'POST',
      url: 'https://example.com/foo?param=Value&Pet=dog',
      headers: [
        ['Host', 'example.com'],
        ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
        ['Content-Type', 'application/json'],
        ['Content-Length', '18'],
      ],
      components: ['@method', '@authority', '@path', 'content-digest', 'content-length', 'content-type'],
      parameters: { created: 1618884473, keyid: 'test-key-rsa-pss' },
    };
    const digest = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:';
    const headers = [...message.headers, ['Content-Digest', digest]];
    expect(await call('signatureBase', { ...message, headers })).toEqual({
      ok: `"@method": POST
"@authority": example.com
"@path": /foo
"content-digest": ${digest}
"content-length": 18
"content-type": application/json
"@signature-params": ("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=1618884473;keyid="test-key-rsa-pss"`,
    });
    expect(await call('signatureBase', message)).toMatchObject({ error: { code: 'invalid-signature' } });
  });

  it('is shown of a response, with what it answers (RFC 9421 §2.4)', async () => {
    const request = { method: 'GET', url: 'https://example.com/a/../b', headers: [] };
    const answer = { status: 200, headers: [], request, components: ['@status', '@path;req'] };
    expect(await call('signatureBase', answer)).toEqual({
      ok: '"@status": 200\n"@path";req: /a/../b\n"@signature-params": ("@status" "@path";req)',
    });
  });

  it('is shown as the SigV4 documentation prints it (get-vanilla-query-order)', async () => {
    const request = {
      method: 'GET',
      url: 'https://example.amazonaws.com/?Param2=value2&Param1=value1',
      headers: [
        ['Host', 'example.amazonaws.com'],
        ['X-Amz-Date', '20150830T123600Z'],
      ],
      signedHeaders: ['host', 'x-amz-date'],
    };
    expect(await call('canonicalRequest', request)).toEqual({
      ok: `GET
/
Param1=value1&Param2=value2
host:example.amazonaws.com
x-amz-date:20150830T123600Z

host;x-amz-date
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`,
    });
  });

  it.each([
    ['signatureBase', {}, /components|method|url/],
    ['signatureBase', { method: 'GET', url: 'x', components: ['@method'] }, /url: must be/],
    [
      'signatureBase',
      { method: 'GET', url: 'https://a.example', components: ['@method'], key: 'k' },
      /key: is not an option/,
    ],
    ['canonicalRequest', { method: 'GET', url: 'https://a.example', headers: ['Host'] }, /headers: must be/],
  ] as const)('is a configuration error of %s with %j', async (name, input, message) => {
    expect(await call(name, input)).toMatchObject({
      error: { code: 'configuration-error' },
      message: expect.stringMatching(message) as string,
    });
  });
});
