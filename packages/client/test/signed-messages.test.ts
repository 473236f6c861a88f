import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { createAuth, httpSignature as verifying } from '@auth/core';
import { createNodeBridge, sendAnswer } from '@auth/core/node';
import { createMessageSigningKey, createMessageVerifier } from '@auth/core/signing';
import { describe, expect, it, onTestFinished } from 'vitest';

import { awsSigV4, createClient, httpSignature, none, standardWebhooks, type Signer } from '../src/index.js';
import { createPlainBench, failureOf } from './fixtures/client.js';
import { startServer } from './fixtures/server.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const ofServer = {
  signing: {
    keyid: 'api',
    alg: 'ed25519',
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  },
  verifying: {
    keyid: 'api',
    alg: 'ed25519',
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  },
} as const;
const secretBase64 = 'Kt1OBJp9rlVyGFuBA6DY8Ws+FAEV7gaPVrCXbomyFTA=';

/** What the server does to an answer after it was signed. */
type Tampering = (answer: { status: number; headers: Record<string, string>; body: string }) => void;

/** An API that takes signed requests and signs its answers, and a client that verifies them. */
async function createSignedBench(tamper: Tampering = () => undefined) {
  const auth = createAuth({
    schemes: {
      signed: verifying({
        keys: [{ keyid: 'job', alg: 'hmac-sha256', secretBase64, subject: 'job' }],
        signResponses: { key: await createMessageSigningKey(ofServer.signing) },
      }),
    },
  });
  const bridge = createNodeBridge(auth);
  let requests = 0;
  const server = createServer((req, res) => {
    requests++;
    void (async () => {
      const decision = await auth.check(bridge.request(req), { scheme: 'signed' });
      if (decision.kind === 'refuse') return sendAnswer(res, decision);
      const body = new TextEncoder().encode('{"balance":7}');
      const status = req.url === '/empty' ? 204 : 200;
      const lines = await decision.signResponse!({
        status,
        headers: [],
        body: status === 204 ? new Uint8Array() : body,
      });
      const answer = { status, headers: Object.fromEntries(lines), body: status === 204 ? '' : '{"balance":7}' };
      tamper(answer);
      return res.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient({
    origin,
    auth: none(),
    sign: httpSignature({ key: createMessageSigningKey({ keyid: 'job', alg: 'hmac-sha256', secretBase64 }) }),
    verifyResponses: createMessageVerifier({
      keys: [ofServer.verifying],
      required: ['@status', 'content-digest', '@method;req', '@target-uri;req', 'signature;req'],
    }),
  });
  onTestFinished(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
    await auth.close();
  });
  return { client, requests: () => requests };
}

describe('signed responses (RFC 9421 §2.4)', () => {
  it('are handed out where the server signed them for this request', async () => {
    const { client } = await createSignedBench();
    const response = await client.fetch('/balance?of=me', { method: 'POST', body: 'now' });
    expect([response.status, await response.json()]).toEqual([200, { balance: 7 }]);
    expect((await client.fetch('/empty')).status).toBe(204);
  });

  const theirs: string[] = [];
  it.each<[string, Tampering]>([
    ['another body', (answer) => (answer.body = '{"balance":8}')],
    ['another status', (answer) => (answer.status = 201)],
    ['no signature', (answer) => (answer.headers = { 'Content-Digest': answer.headers['Content-Digest']! })],
    ['a digest that nobody signed', (answer) => (answer.headers['Content-Digest'] = 'sha-256=:AAAA:')],
    ['no body', (answer) => (answer.body = '')],
    [
      'another name of the key',
      (answer) => (answer.headers['Signature-Input'] = answer.headers['Signature-Input']!.replace('"api"', '"ap"')),
    ],
    [
      'the signature of an answer to another request',
      (answer) => {
        theirs.push(JSON.stringify(answer.headers));
        if (theirs.length > 1) answer.headers = JSON.parse(theirs[0]!) as Record<string, string>;
      },
    ],
  ])('are not handed out with %s, and nothing is sent again (cli-response-signed)', async (title, tamper) => {
    const { client, requests } = await createSignedBench(tamper);
    const before = title.includes('another request') ? 1 : 0;
    if (before > 0) await client.fetch('/balance');
    const error = await failureOf(client.fetch('/balance'));
    expect([error.code, error.response, requests()]).toEqual(['response-invalid', undefined, before + 1]);
    expect(inspect(error)).not.toContain('balance');
  });

  it('are asked for of every answer: a refusal that nobody signed is none', async () => {
    const { client } = await createPlainBench(none(), {
      api: () => ({ status: 403, body: 'no' }),
      options: { verifyResponses: createMessageVerifier({ keys: [ofServer.verifying], required: ['@status'] }) },
    });
    expect((await failureOf(client.fetch('/'))).code).toBe('response-invalid');
    expect(() => client.begin({ method: 'GET', target: '/', replayable: true })).toThrow(/own fetch/);
  });

  it('are bounded, and end with their time', async () => {
    const verifyResponses = createMessageVerifier({ keys: [ofServer.verifying], required: ['@status'] });
    const long = await createPlainBench(none(), {
      api: () => ({ body: Buffer.alloc(16 * 1024 * 1024 + 1) }),
      options: { verifyResponses },
    });
    expect(await failureOf(long.client.fetch('/'))).toMatchObject({
      code: 'response-invalid',
      message: expect.stringContaining('longer') as string,
    });
    const server = createServer((_req, res) => void res.writeHead(200).write('begun'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const leaving = new AbortController();
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createClient({ origin, auth: none(), verifyResponses });
    const call = client.fetch('/', { signal: leaving.signal });
    server.once('request', () => setImmediate(() => leaving.abort()));
    expect((await failureOf(call)).code).toBe('aborted');
    await client.close();
  });

  it('need a verifier', () => {
    const options = { origin: 'https://api.example', auth: none(), verifyResponses: {} as never };
    expect(() => createClient(options)).toThrow(/verifyResponses/);
  });
});

describe('a shared secret', () => {
  const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const secretAccessKey = 'a secret/access+key';
  /** In every form in which somebody might write it. */
  const formsOf = (bytes: Buffer): readonly string[] => [
    bytes.toString('latin1'),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(bytes.toString('base64')),
    encodeURIComponent(bytes.toString('latin1')),
  ];
  const signers: [string, () => Signer, Buffer][] = [
    [
      'httpSignature',
      () => httpSignature({ key: createMessageSigningKey({ keyid: 'job', alg: 'hmac-sha256', secretBase64 }) }),
      Buffer.from(secretBase64, 'base64'),
    ],
    [
      'awsSigV4',
      () => awsSigV4({ accessKeyId: 'AKID', secretAccessKey, region: 'eu-west-1', service: 'execute-api' }),
      Buffer.from(secretAccessKey),
    ],
    [
      'standardWebhooks',
      () => standardWebhooks({ secret: webhookSecret }),
      Buffer.from(webhookSecret.slice(6), 'base64'),
    ],
  ];

  it.each(signers)('of %s is never sent, told or shown (hmac-secret-never-sent)', async (_, create, secret) => {
    const told: unknown[] = [];
    const server = await startServer((_seen, index) => (index % 2 === 0 ? { status: 401, body: 'no' } : 'cut'));
    const sign = create();
    const client = createClient({ origin: server.origin, auth: none(), sign, onEvent: (event) => told.push(event) });
    for (const init of [{}, { method: 'POST', body: '{"a":1}' }])
      told.push(
        await client.fetch('/orders?a=1', init).then(
          ({ headers }) => [...headers],
          (error: unknown) => error,
        ),
      );
    await client.close();
    expect(server.seen.length).toBeGreaterThanOrEqual(2);
    const everything = inspect([server.seen, told, sign, client], {
      depth: Infinity,
      showHidden: true,
      maxStringLength: null,
    });
    const json = JSON.stringify([server.seen, told, sign, client]);
    for (const form of formsOf(secret)) expect(everything.includes(form) || json.includes(form)).toBe(false);
  });
});
