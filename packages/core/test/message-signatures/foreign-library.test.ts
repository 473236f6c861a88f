import { constants, sign } from 'node:crypto';
import { createSigner, createVerifier, httpbis, type SigningKey } from 'http-message-signatures';
import { describe, expect, it } from 'vitest';

import {
  createMessageSigner,
  createMessageSigningKey,
  createMessageVerifier,
  type SignatureAlgorithm,
} from '../../src/signing.js';
import { algorithms, clock, judge, keysOf, now, received, secretBase64 } from '../fixtures/signed-requests.js';

const url = 'https://api.example/orders?page=2&name=with+plus';
const body = Buffer.from('{"amount":7}');
const digest = 'sha-256=:2+C9QaxKkBGAsTI0qyL2RPTNlLtxKAE1JeGsyGLrTuA=:';
const fields = ['@method', '@target-uri', '@query-param;name="page"', 'content-type'];
const libraryKey = (options: {
  readonly publicKeyPem?: string;
  readonly privateKeyPem?: string;
  readonly secretBase64?: string;
}) => options.publicKeyPem ?? options.privateKeyPem ?? Buffer.from(secretBase64, 'base64');

/** The library signs by RSA-PSS with the longest salt that fits; RFC 9421 §3.3.1 asks for 64 bytes. */
function theirSigner(alg: SignatureAlgorithm, key: string | Buffer): SigningKey {
  if (alg !== 'rsa-pss-sha512') return createSigner(key, alg, 'k');
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 };
  return { id: 'k', alg, sign: async (data) => sign('sha512', data, options) };
}

describe.each(algorithms)('with http-message-signatures, by %s', (alg) => {
  const { signing, verifying } = keysOf(alg);
  const request = { method: 'POST', url, headers: { 'content-type': 'application/json' } };

  it('what it signs is good here', async () => {
    const sent = await httpbis.signMessage(
      {
        key: theirSigner(alg, libraryKey(signing)),
        fields,
        params: ['created', 'keyid', 'alg', 'nonce'],
        paramValues: { created: new Date(now * 1000), nonce: 'one' },
      },
      request,
    );
    const headers = Object.entries(sent.headers as Record<string, string>);
    const { pathname, search } = new URL(url);
    const message = received({ method: 'POST', target: `${pathname}${search}`, headers });
    const keys = [{ keyid: 'k', alg, subject: 'svc-2', ...verifying }];
    expect(await judge(message, { keys, required: ['@method', '@target-uri'] })).toBe('verified');
    const moved = received({ method: 'POST', target: pathname, headers });
    expect(await judge(moved, { keys, required: ['@method', '@target-uri'] })).toBe('component-missing');
  });

  it('what is signed here is good there', async () => {
    const key = await createMessageSigningKey({ keyid: 'k', alg, ...signing });
    const signer = createMessageSigner({ key, components: [...fields, 'content-digest'], clock });
    const lines = await signer.sign(
      { method: 'POST', url: new URL(url), headers: Object.entries(request.headers) },
      body,
    );
    const headers = {
      ...request.headers,
      ...Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value])),
    };
    const verify = (changed: typeof request) =>
      httpbis.verifyMessage(
        {
          keyLookup: async () => ({ id: 'k', algs: [alg], verify: createVerifier(libraryKey(verifying), alg) }),
          notAfter: now + 5,
        },
        changed,
      );
    expect(await verify({ ...request, headers })).toBe(true);
    expect(await verify({ ...request, method: 'PUT', headers })).not.toBe(true);
  });

  it('a response that it signs is good here, and one that is signed here is good there', async () => {
    const related = { method: 'POST', url, headers: { 'content-digest': digest } };
    const response = { status: 201, headers: { 'content-type': 'text/plain' } };
    const covered = ['@status', 'content-type', '@method;req', 'content-digest;req'];
    const theirs = await httpbis.signMessage(
      {
        key: theirSigner(alg, libraryKey(signing)),
        fields: covered,
        params: ['created', 'keyid'],
        paramValues: { created: new Date(now * 1000) },
      },
      response,
      related,
    );
    const answered = received({ method: 'POST', target: '/orders', headers: [['content-digest', digest]] });
    const verifier = createMessageVerifier({
      keys: [{ keyid: 'k', alg, ...verifying }],
      required: ['@status', '@method;req'],
      clock,
    });
    const status = 201;
    const outgoing = { status, headers: Object.entries(theirs.headers as Record<string, string>), request: answered };
    expect(await verifier.verify(outgoing)).toEqual({ kind: 'verified', signatures: [{ label: 'sig', keyid: 'k' }] });
    expect(await verifier.verify({ ...outgoing, status: 200 })).toMatchObject({ reason: 'signature-mismatch' });
    expect(
      await verifier.verify({
        ...outgoing,
        request: received({ method: 'PUT', target: '/orders', headers: [['content-digest', digest]] }),
      }),
    ).toMatchObject({ reason: 'signature-mismatch' });

    const key = await createMessageSigningKey({ keyid: 'k', alg, ...signing });
    const lines = await createMessageSigner({ key, components: covered, clock }).sign({
      status,
      headers: Object.entries(response.headers),
      request: answered,
    });
    const ours = {
      ...response,
      headers: {
        ...response.headers,
        ...Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value])),
      },
    };
    const config = {
      keyLookup: async () => ({ id: 'k', algs: [alg], verify: createVerifier(libraryKey(verifying), alg) }),
      notAfter: now + 5,
    };
    expect(await httpbis.verifyMessage(config, ours, related)).toBe(true);
    expect(await httpbis.verifyMessage(config, { ...ours, status: 200 }, related)).not.toBe(true);
  });
});
