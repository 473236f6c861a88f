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
