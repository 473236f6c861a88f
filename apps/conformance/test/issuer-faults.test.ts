import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { createAuth, type AttemptEvent } from '@auth/core';
import { readConfig } from '@auth/core/testing';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { listenAt, urlOf } from '../src/hosts/host.js';
import { hosts } from '../src/hosts/index.js';

/** Everything that an issuer can do wrong while others do right. */
const faults = ['down', 'slow', '500', 'redirect', 'not-json', 'endless', 'wrong-keys', 'wrong-issuer'] as const;
type Fault = (typeof faults)[number] | 'none';

const kinds = ['jwt', 'oidc', 'opaque', 'signed'] as const;
type Kind = (typeof kinds)[number];

const unavailable = { jwt: 'jwks-unavailable', oidc: 'jwks-unavailable' } as const;
/** Answers in plain JSON have no keys. */
const isPossible = (kind: Kind, fault: Fault): boolean => !(kind === 'opaque' && fault === 'wrong-keys');
const cases = kinds.flatMap((kind) =>
  faults.filter((fault) => isPossible(kind, fault)).map((fault) => [kind, fault] as const),
);
const audience = 'https://api.example';

/** What becomes of a request whose issuer is so. */
function expected(kind: Kind, fault: Fault): string {
  if (fault === 'wrong-keys') return kind === 'signed' ? '503 introspection-invalid' : '401 signature-mismatch';
  if (fault === 'wrong-issuer')
    return {
      jwt: '401 bad-issuer',
      oidc: '503 issuer-metadata-mismatch',
      opaque: '401 bad-issuer',
      signed: '503 introspection-invalid',
    }[kind];
  // What is no JSON may be a signed answer, and is none.
  if (kind === 'signed' && fault === 'not-json') return '503 introspection-invalid';
  const reason = kind === 'jwt' || kind === 'oidc' ? unavailable[kind] : 'introspection-unavailable';
  return `503 ${reason}`;
}

interface Pair {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

let good: Pair;
let stranger: Pair;
let url: string;
let nowhere: string;
const issuers = createServer((req, res) => void respond(req, res));
/** Connections that never end, for the end of the test. */
const endless = new Set<ServerResponse>();

beforeAll(async () => {
  [good, stranger] = await Promise.all([makePair(), makePair()]);
  await listenAt(issuers, { host: '127.0.0.1', port: 0 });
  url = urlOf(issuers);
  const closed = createServer();
  await listenAt(closed, { host: '127.0.0.1', port: 0 });
  nowhere = urlOf(closed);
  await new Promise((resolve) => closed.close(resolve));
});
afterAll(() => issuers.close().closeAllConnections());

async function makePair(): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  return { jwk: { ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }, privateKey };
}

const originOf = (fault: Fault): string => (fault === 'down' ? nowhere : url);
const issuerOf = (fault: Fault): string => `${originOf(fault)}/${fault}`;

/** `/<fault>/jwks`, `/<fault>/introspect`, `/<fault>/signed`, and the metadata at either of their places. */
async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url ?? '';
  const fault = faults.find((each) => path.split('/').includes(each)) ?? 'none';
  const whole = await goodAnswer(path, fault);
  const broken: Partial<Record<Fault, () => unknown>> = {
    slow: () => undefined,
    '500': () => res.writeHead(500).end(whole),
    redirect: () => res.writeHead(307, { location: path.replace('/redirect', '/none') }).end(whole),
    'not-json': () => res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
    endless: () => pour(res),
  };
  const act = broken[fault] ?? (() => res.writeHead(200, { 'content-type': 'application/json' }).end(whole));
  act();
}

async function goodAnswer(path: string, fault: Fault): Promise<string> {
  const issuer = issuerOf(fault);
  const named = fault === 'wrong-issuer' ? `${issuer}/other` : issuer;
  const signer = fault === 'wrong-keys' ? stranger : good;
  if (path.endsWith('/jwks')) return JSON.stringify({ keys: [signer.jwk] });
  if (path.includes('/.well-known/')) return JSON.stringify({ issuer: named, jwks_uri: `${issuer}/jwks` });
  const now = Math.floor(Date.now() / 1000);
  const answer = { active: true, iss: named, aud: audience, sub: 'ann', client_id: 'app', exp: now + 600, iat: now };
  if (path.endsWith('/introspect')) return JSON.stringify(answer);
  return new SignJWT({ token_introspection: answer })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'token-introspection+jwt' })
    .setIssuer(named)
    .setAudience('rs')
    .setIssuedAt()
    .sign(signer.privateKey);
}

/** Sends for ever, as quickly as it is taken. */
function pour(res: ServerResponse): void {
  endless.add(res);
  res.on('close', () => endless.delete(res));
  res.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(2 ** 14, ' ');
  const more = (): void => {
    while (!res.destroyed && res.write(chunk));
  };
  res.on('drain', more);
  more();
}

/** A scheme for each kind of token and each fault: one that fails tells nothing of another. */
function configuration(): object {
  const schemes: Record<string, object> = {};
  for (const fault of [...faults, 'none'] as const) {
    const issuer = issuerOf(fault);
    const common = { issuer, audience, allowInsecureHttp: true };
    const patience = { timeoutSeconds: fault === 'slow' ? 0.3 : 20 };
    const client = { ...common, clientId: 'rs', clientSecret: 'a secret of the API', ...patience };
    schemes[`jwt-${fault}`] = { type: 'jwt', ...common, jwksUri: `${issuer}/jwks`, keySet: patience };
    schemes[`oidc-${fault}`] = { type: 'oidc', ...common, keySet: patience };
    schemes[`opaque-${fault}`] = { type: 'introspection', ...client, endpoint: `${issuer}/introspect` };
    const signed = { signedResponse: 'require', jwks: { keys: [good.jwk] } };
    schemes[`signed-${fault}`] = { type: 'introspection', ...client, endpoint: `${issuer}/signed`, ...signed };
  }
  const routes = Object.keys(schemes).map((scheme) => ({ method: 'GET', path: `/${scheme}`, require: { scheme } }));
  return { schemes, routes };
}

async function tokenFor(kind: Kind, fault: Fault): Promise<string> {
  if (kind === 'opaque' || kind === 'signed') return `opaque-${fault}`;
  // With a set of keys written down, nothing of an issuer but its tokens can name another.
  const issuer = issuerOf(fault) + (kind === 'jwt' && fault === 'wrong-issuer' ? '/other' : '');
  return new SignJWT({ client_id: 'app' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('ann')
    .setIssuedAt()
    .setExpirationTime('10 minutes')
    .sign(good.privateKey);
}

describe.each(Object.keys(hosts))('while its issuers fail, %s', (host) => {
  it('answers as each fault deserves, in bounded time and memory, and goes on for good tokens', async () => {
    const read = readConfig(configuration());
    if (read.kind === 'faults') throw new Error(JSON.stringify(read.faults));
    const events: AttemptEvent[] = [];
    const audit = (event: { readonly kind: string }): void =>
      void (event.kind === 'attempt' && events.push(event as AttemptEvent));
    const auth = createAuth({ ...read.config.options, audit });
    const server = await hosts[host]!(read.config, auth);
    onTestFinished(server.stop);

    const ask = async (kind: Kind, fault: Fault): Promise<Response> => {
      const headers = { authorization: `Bearer ${await tokenFor(kind, fault)}` };
      return fetch(`${server.url}/${kind}-${fault}`, { headers });
    };
    const said: Record<string, string> = {};
    const askFaulty = async (kind: Kind, fault: Fault): Promise<void> => {
      const response = await ask(kind, fault);
      const { instance } = (await response.json()) as { instance: string };
      const event = events.find((each) => each.instance === instance)!;
      said[`${kind}, ${fault}`] = `${response.status} ${event.reason}`;
      // Of an outage nobody is to blame, and it says when to try again.
      const [retry, challenge] = ['retry-after', 'www-authenticate'].map((name) => response.headers.has(name));
      expect([retry, challenge]).toEqual(response.status === 503 ? [true, false] : [false, true]);
    };

    const under = { way: true };
    const faulty = Promise.all(cases.map(([kind, fault]) => askFaulty(kind, fault))).finally(() => (under.way = false));
    const statuses = new Set<number>();
    do {
      const responses = await Promise.all(kinds.map((kind) => ask(kind, 'none')));
      for (const { status, body } of responses) {
        statuses.add(status);
        await body?.cancel();
      }
    } while (under.way);
    await faulty;

    const wanted = cases.map(([kind, fault]) => [`${kind}, ${fault}`, expected(kind, fault)]);
    expect(said).toEqual(Object.fromEntries(wanted));
    expect([...statuses]).toEqual([200]);
    // What never ends was cut off when its bytes were too many.
    await expect.poll(() => endless.size).toBe(0);
  }, 60_000);
});
