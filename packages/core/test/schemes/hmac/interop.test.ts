import { sign as signByOctokit, verify as verifyByOctokit } from '@octokit/webhooks-methods';
import aws4 from 'aws4';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAuth, hmac, type HeaderList } from '../../../src/index.js';
import { sendAnswer } from '../../../src/node.js';
import { createSigV4Signer, createWebhookSigner } from '../../../src/signing.js';
import { bridgeOf, listen, type TestServer } from '../../fixtures/server.js';

const keyid = 'AKIDINTEROP';
const secret = 'a secret access key of this test';
const where = { region: 'eu-west-1', service: 'execute-api' };
const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const gitHubSecret = "It's a Secret to Everybody";
const stripe = new Stripe('sk_test_nothing_is_sent');
// What JSON written anew would change.
const body = '{ "id": "evt_1", "price": 1.0, "name":"\\u00e9€" }';
const now = (): number => Math.floor(Date.now() / 1000);

const auth = createAuth({
  schemes: {
    sigv4: hmac({ profile: 'aws-sigv4', ...where, allowPresigned: true, keys: [{ keyid, secret, subject: 'svc' }] }),
    s3: hmac({ profile: 'aws-sigv4', ...where, service: 's3', keys: [{ keyid, secret, subject: 'svc' }] }),
    standard: hmac({ profile: 'standard-webhooks', keys: [{ secret: webhookSecret, subject: 'svc' }] }),
    github: hmac({ profile: 'github', keys: [{ secret: gitHubSecret, subject: 'svc' }] }),
    stripe: hmac({ profile: 'stripe', keys: [{ secret: webhookSecret, subject: 'svc' }] }),
  },
});
const bridge = bridgeOf(auth);

/** Verifies what comes to `/SCHEME/…`: answers 200 and the length of the body, or the refusal. */
async function verifyHere(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const scheme = /^\/(\w+)/.exec(req.url ?? '')?.[1] as 'sigv4';
  const decision = await auth.check(bridge.request(req), { scheme });
  if (decision.kind === 'refuse') return sendAnswer(res, decision);
  res.end(`ok ${(await buffer(req)).length}`);
}

/** Verifies by the libraries of others what comes to `/LIBRARY`. */
async function verifyThere(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { headers, url = '' } = req;
  const received = await buffer(req);
  const verify = {
    '/standard': () => new Webhook(webhookSecret).verify(received, headers as Record<string, string>),
    '/stripe': () => stripe.webhooks.constructEvent(received, headers['stripe-signature']!, webhookSecret),
    '/github': async () => {
      const isGood = await verifyByOctokit(gitHubSecret, received.toString(), String(headers['x-hub-signature-256']));
      if (!isGood) throw new Error('not verified');
    },
  }[url]!;
  try {
    await verify();
    res.end('ok');
  } catch (error) {
    res.writeHead(401).end(String(error));
  }
}

let here: TestServer;
let there: TestServer;
beforeAll(async () => {
  here = await listen((req, res) => void verifyHere(req, res));
  there = await listen((req, res) => void verifyThere(req, res));
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  await auth.close();
});

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers: HeaderList | Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

async function send({ port }: TestServer, { method = 'POST', path, headers, body: sent }: Call): Promise<string> {
  const list = Array.isArray(headers) ? Object.fromEntries(headers as HeaderList) : headers;
  const req = sendRequest({ host: '127.0.0.1', port, method, path, headers: list as Record<string, string> }).end(sent);
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  return `${res.statusCode} ${await text(res)}`;
}

const passed = `200 ok ${Buffer.byteLength(body)}`;

describe('signed by others, verified here', () => {
  it.each([
    ['a GET', { method: 'GET', path: '/sigv4/orders' }],
    ['a query out of order', { method: 'GET', path: '/sigv4/orders?b=2&a=1&a=0&empty=&flag' }],
    ['encoded parameters', { method: 'GET', path: '/sigv4/orders?q=a%20b%2Bc&%C3%A9=%E2%82%AC&star=%2A' }],
    ['an encoded path', { method: 'GET', path: '/sigv4/a%20b/%C3%A9' }],
    ['a body', { method: 'POST', path: '/sigv4/orders', body, headers: { 'Content-Type': 'application/json' } }],
    ['fields with spaces', { method: 'PUT', path: '/sigv4/orders', body, headers: { 'X-Amz-Meta-Note': 'a   b' } }],
  ])('takes %s of aws4', async (_, options) => {
    const signed = aws4.sign(
      { ...options, ...where, host: `127.0.0.1:${here.port}` },
      { accessKeyId: keyid, secretAccessKey: secret },
    );
    const answer = await send(here, { ...options, headers: signed.headers as Record<string, string> });
    expect(answer).toBe('body' in options ? passed : '200 ok 0');
  });

  it('takes a presigned URL of aws4', async () => {
    const { path } = aws4.sign(
      { ...where, host: `127.0.0.1:${here.port}`, path: '/sigv4/orders?X-Amz-Expires=600&a=1', signQuery: true },
      { accessKeyId: keyid, secretAccessKey: secret },
    );
    expect(await send(here, { method: 'GET', path: path!, headers: {} })).toBe('200 ok 0');
    expect(await send(here, { method: 'GET', path: `${path!}&b=1`, headers: {} })).toMatch(/^401 /);
  });

  it.each([
    // In order: curl before 8.3 signs a query as it is.
    ['a GET', where.service, ['/orders?a=1&b=2'], ''],
    ['a body', where.service, ['/orders', '--data-binary', body, '-H', 'Content-Type: application/json'], body],
    [
      'a GET of S3',
      's3',
      ['/a%20b/c', '-H', `x-amz-content-sha256: ${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`],
      '',
    ],
  ])('takes %s of curl --aws-sigv4', async (_, service, [path, ...more], sent) => {
    const scheme = service === 's3' ? 's3' : 'sigv4';
    const { stdout } = await promisify(execFile)('curl', [
      '--silent', '--show-error',
      '--aws-sigv4', `aws:amz:${where.region}:${service}`,
      '--user', `${keyid}:${secret}`,
      ...more,
      `http://127.0.0.1:${here.port}/${scheme}${path}`,
    ]); // prettier-ignore
    expect(stdout).toBe(`ok ${Buffer.byteLength(sent)}`);
  });

  it('takes what standardwebhooks signs', async () => {
    const at = new Date();
    const headers = {
      'webhook-id': 'msg_theirs',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(webhookSecret).sign('msg_theirs', at, body),
    };
    expect(await send(here, { path: '/standard', headers, body })).toBe(passed);
    expect(await send(here, { path: '/standard', headers: { ...headers, 'webhook-id': 'msg_2' }, body })).toMatch(
      /^401 /,
    );
  });

  it('takes what stripe signs', async () => {
    const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret: webhookSecret });
    expect(await send(here, { path: '/stripe', headers: { 'Stripe-Signature': header }, body })).toBe(passed);
    expect(await send(here, { path: '/stripe', headers: { 'Stripe-Signature': header }, body: '{}' })).toMatch(/^401 /);
  });

  it('takes what @octokit/webhooks-methods signs', async () => {
    const headers = { 'X-Hub-Signature-256': await signByOctokit(gitHubSecret, body) };
    expect(await send(here, { path: '/github', headers, body })).toBe(passed);
    expect(await send(here, { path: '/github', headers, body: '{}' })).toMatch(/^401 /);
  });
});

describe('signed here', () => {
  const bytes = new TextEncoder().encode(body);

  it.each([
    ['standard', 'standard-webhooks', webhookSecret],
    ['stripe', 'stripe', webhookSecret],
    ['github', 'github', gitHubSecret],
  ] as const)('is verified by the library of others: %s', async (path, profile, shared) => {
    const signer = createWebhookSigner({ profile, secrets: [shared] });
    const headers = await signer.sign({ id: 'msg_ours', at: now(), body: bytes });
    expect(await send(there, { path: `/${path}`, headers, body: bytes })).toBe('200 ok');
    expect(await send(there, { path: `/${path}`, headers, body: '{}' })).toMatch(/^401 /);
  });

  it.each([
    ['a GET', { method: 'GET', path: '/orders?b=2&a=1' }],
    ['an encoded path and query', { method: 'GET', path: '/a%20b/%C3%A9?q=a%20b%2Bc' }],
    ['a body', { method: 'POST', path: '/orders', body }],
  ])('is what aws4 signs of %s', async (_, options) => {
    const at = 1_767_225_600;
    const theirs = aws4.sign(
      { ...options, ...where, host: 'api.example', headers: { 'X-Amz-Date': '20260101T000000Z', 'X-Amz-Target': 'x' } },
      { accessKeyId: keyid, secretAccessKey: secret },
    );
    const names = /SignedHeaders=([^,]+)/.exec(String(theirs.headers!['Authorization']))![1]!.split(';');
    const byName = new Map(Object.entries(theirs.headers!).map(([name, value]) => [name.toLowerCase(), String(value)]));
    const headers = names
      .filter((name) => !['host', 'x-amz-date'].includes(name))
      .map((name) => [name, byName.get(name)!] as const);
    const signer = createSigV4Signer({ keyid, secret, ...where });
    const sent = 'body' in options ? { body: bytes } : {};
    const ours = await signer.sign(
      { method: options.method, url: `https://api.example${options.path}`, headers, ...sent },
      at,
    );
    expect(ours.find(([name]) => name === 'authorization')?.[1]).toBe(theirs.headers!['Authorization']);
  });

  it('passes here, in a field and in the query', async () => {
    const signer = createSigV4Signer({ keyid, secret, ...where });
    const url = `http://127.0.0.1:${here.port}/sigv4/orders?a=1`;
    const headers = await signer.sign({ method: 'POST', url, body: bytes }, now());
    expect(await send(here, { path: '/sigv4/orders?a=1', headers, body })).toBe(passed);
    const presigned = new URL(await signer.presign({ method: 'GET', url }, now(), { expiresSeconds: 60 }));
    const path = presigned.pathname + presigned.search;
    expect(await send(here, { method: 'GET', path, headers: {} })).toBe('200 ok 0');
  });
});
