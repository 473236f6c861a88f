import { decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';

import { authenticateClient, type Client } from '../../src/client-authentication/authenticate.js';
import { checkClientOptions, type ClientOptions } from '../../src/client-authentication/options.js';
import { Faults } from '../../src/errors/faults.js';
import { createSigningKey } from '../../src/signing.js';
import { createTestClock } from '../../src/testing.js';
import { startOfTests } from '../fixtures/guard.js';

const context = { clock: createTestClock(startOfTests + 0.7) };
const clientOf = (options: Omit<ClientOptions, 'clientId'>): Client => {
  const faults = new Faults();
  const client = checkClientOptions({ clientId: 'c:1', ...options }, faults);
  faults.throwIfAny();
  return client;
};
const secret = 's%& +é';

describe('authenticateClient', () => {
  it('form-encodes id and secret for client_secret_basic (RFC 6749 §2.3.1), which is the default of a secret', async () => {
    const expected = {
      headers: { authorization: `Basic ${Buffer.from('c%3A1:s%25%26+%2B%C3%A9').toString('base64')}` },
      parameters: {},
    };
    expect(await authenticateClient(clientOf({ clientSecret: secret }), context)).toEqual(expected);
  });

  it('sends id and secret as parameters for client_secret_post', async () => {
    const client = clientOf({ clientSecret: secret, clientAuthentication: 'client_secret_post' });
    expect(await authenticateClient(client, context)).toEqual({
      headers: {},
      parameters: { client_id: 'c:1', client_secret: secret },
    });
  });

  it.each(['tls_client_auth', 'self_signed_tls_client_auth'] as const)(
    'names the client alone for %s: the connection proves it (RFC 8705 §2)',
    async (clientAuthentication) => {
      expect(await authenticateClient(clientOf({ clientAuthentication }), context)).toEqual({
        headers: {},
        parameters: { client_id: 'c:1' },
      });
    },
  );

  it('signs an assertion for the issuer alone, once and for a minute, for private_key_jwt (RFC 7523 §3)', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const privateJwk = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'k1' };
    const issuer = 'https://issuer.example';
    const made = [
      clientOf({ signingKey: { privateJwk }, issuer }),
      clientOf({ signingKey: await createSigningKey({ privateJwk }), issuer }),
    ];
    const ids = new Set<unknown>();
    for (const client of [...made, ...made]) {
      const { headers, parameters } = await authenticateClient(client, context);
      expect(headers).toEqual({});
      expect(parameters).toMatchObject({
        client_id: 'c:1',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
      const assertion = parameters['client_assertion']!;
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES256', kid: 'k1', typ: 'client-authentication+jwt' });
      const key = await importJWK(await exportJWK(publicKey), 'ES256');
      const { payload } = await jwtVerify(assertion, key, { currentDate: new Date(startOfTests * 1000) });
      const { jti, ...claims } = payload;
      expect(claims).toEqual({ iss: 'c:1', sub: 'c:1', aud: issuer, iat: startOfTests, exp: startOfTests + 60 });
      ids.add(jti);
    }
    expect(ids.size).toBe(4);
  });

  it('keeps a secret out of everything that is printed', () => {
    expect(JSON.stringify(clientOf({ clientSecret: secret }))).not.toContain(secret);
  });
});
