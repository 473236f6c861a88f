import { createServer } from 'node:http';
import { createServer as createTlsServer, request } from 'node:https';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';

import type { AuditEvent } from '@auth/core';
import { generateKeyPair, generateProof, type KeyPair } from 'dpop';
import { exportJWK, generateKeyPair as generateSigningPair } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listenAt, urlOf } from '../src/hosts/host.js';
import { hosts } from '../src/hosts/index.js';
import { startIn } from '../src/vectors.js';

const { files } = JSON.parse(
  readFileSync(new URL('../../../packages/test-vectors/vectors/keys/certificates.json', import.meta.url), 'utf8'),
) as { readonly files: Readonly<Record<string, string>> };
const folder = mkdtempSync(join(tmpdir(), 'auth-bound-'));
const path = (name: string): string => join(folder, name);
const audience = 'https://api.example';
const secret = 'a secret of the client';
const kinds = ['jwt', 'opaque'] as const;

interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Shown in the handshake. */
  readonly certificate?: string | undefined;
}

/** Over a connection of its own. */
function send(url: string, { method = 'GET', headers = {}, certificate }: Call, body = '') {
  const shown = certificate !== undefined && { cert: files[`${certificate}.pem`], key: files[`${certificate}.key`] };
  const options = { ca: files['server-ca.pem'], agent: false as const, ...shown, method, headers };
  return new Promise<{ readonly status: number; readonly body: NodeJS.ReadableStream }>((resolve, reject) => {
    request(url, options, (answer) => resolve({ status: answer.statusCode!, body: answer }))
      .on('error', reject)
      .end(body);
  });
}

/** `oidc-provider`, over http, and over TLS for clients that show a certificate. */
async function startProvider() {
  const plain = createServer();
  await listenAt(plain, { host: '127.0.0.1', port: 0 });
  const encrypted = createTlsServer({
    key: files['server.key'],
    cert: files['server.pem'],
    requestCert: true,
    rejectUnauthorized: false,
  });
  await listenAt(encrypted, { host: '127.0.0.1', port: 0 });
  const { privateKey } = await generateSigningPair('ES256', { extractable: true });
  const client = {
    client_secret: secret,
    id_token_signed_response_alg: 'ES256',
    redirect_uris: [],
    response_types: [],
  } as const;
  const provider = new Provider(urlOf(plain), {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'k' }] },
    clients: [
      { ...client, client_id: 'dpop', grant_types: ['client_credentials'] },
      {
        ...client,
        client_id: 'certificate',
        grant_types: ['client_credentials'],
        tls_client_certificate_bound_access_tokens: true,
      },
      { ...client, client_id: 'api', grant_types: [] },
    ],
    scopes: ['orders:read'],
    ttl: { ClientCredentials: 300 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      dPoP: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: ({ socket }) => (socket as TLSSocket).getPeerX509Certificate?.()?.toString(),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: (_context, resource) => ({
          audience,
          scope: 'orders:read',
          ...(resource === audience
            ? { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
            : { accessTokenFormat: 'opaque' }),
        }),
      },
    },
  });
  const respond = provider.callback();
  for (const server of [plain, encrypted]) server.on('request', (req, res) => void respond(req, res));
  return {
    issuer: urlOf(plain),
    tokenEndpoints: {
      dpop: `${urlOf(plain)}/token`,
      certificate: `${urlOf(encrypted).replace('http:', 'https:')}/token`,
    },
    stop: () => [plain, encrypted].forEach((server) => server.close().closeAllConnections()),
  };
}

let provider: Awaited<ReturnType<typeof startProvider>>;
let client: KeyPair;
let stranger: KeyPair;
/** By kind: bound to the key of the client, and to the certificate of payments. */
let tokens: Record<
  (typeof kinds)[number],
  { readonly dpop: string; readonly otherDpop: string; readonly certificate: string }
>;

beforeAll(async () => {
  for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content);
  provider = await startProvider();
  [client, stranger] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const { dpop, certificate } = provider.tokenEndpoints;
  const headersOf = (id: string) => ({
    authorization: `Basic ${btoa(`${id}:${secret.replaceAll(' ', '+')}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  const formOf = (kind: string): string =>
    String(
      new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'orders:read',
        resource: kind === 'jwt' ? audience : 'https://opaque.example',
      }),
    );
  const tokenOf = (answer: unknown): string => {
    const { access_token: token } = answer as { readonly access_token?: string };
    if (token === undefined) throw new Error(JSON.stringify(answer));
    return token;
  };
  const boundToKey = async (kind: string): Promise<string> => {
    const headers = { ...headersOf('dpop'), dpop: await generateProof(client, dpop, 'POST') };
    return tokenOf(await (await fetch(dpop, { method: 'POST', headers, body: formOf(kind) })).json());
  };
  const boundToCertificate = async (kind: string): Promise<string> =>
    tokenOf(
      await json(
        (
          await send(
            certificate,
            { method: 'POST', headers: headersOf('certificate'), certificate: 'payments' },
            formOf(kind),
          )
        ).body,
      ),
    );
  const made = kinds.map(async (kind) => {
    const [one, other, third] = await Promise.all([boundToKey(kind), boundToKey(kind), boundToCertificate(kind)]);
    return [kind, { dpop: one, otherDpop: other, certificate: third }] as const;
  });
  tokens = Object.fromEntries(await Promise.all(made)) as typeof tokens;
});
afterAll(() => {
  provider.stop();
  rmSync(folder, { recursive: true, force: true });
});

const changed = (signed: string): string =>
  `${signed.slice(0, -9)}${signed.at(-9) === 'A' ? 'B' : 'A'}${signed.slice(-8)}`;

describe.each(Object.keys(hosts))('%s', (host) => {
  let url = '';
  let events: () => readonly AuditEvent[];
  let stop: (this: void) => unknown;

  beforeAll(async () => {
    const { issuer } = provider;
    const jwt = { type: 'jwt', issuer, audience, allowInsecureHttp: true, profile: 'rfc9068' };
    const endpoint = `${issuer}/token/introspection`;
    const opaque = {
      type: 'introspection',
      endpoint,
      issuer,
      audience,
      clientId: 'api',
      clientSecret: secret,
      allowInsecureHttp: true,
    };
    const bound = { dpop: 'allow', certificateBound: 'allow' };
    const schemes = {
      jwt: { ...jwt, ...bound },
      opaque: { ...opaque, ...bound },
      'jwt-unbound': jwt,
      'opaque-unbound': opaque,
    };
    const server = await startIn(host)({
      tls: {
        key: path('server.key'),
        cert: path('server.pem'),
        ca: path('clients-ca.pem'),
        clientCertificate: 'allow',
      },
      schemes,
      routes: Object.keys(schemes).flatMap((scheme) =>
        ['GET', 'POST'].map((method) => ({ method, path: `/${scheme}`, require: { scheme } })),
      ),
    } as never);
    if ('refused' in server) throw new Error(JSON.stringify(server.refused));
    const started = server;
    url = started.url;
    stop = () => started.stop();
    events = () => started.events() as readonly AuditEvent[];
  });
  afterAll(() => stop());

  /** The status, and the reason in the audit event. */
  async function call(route: string, how: Call): Promise<string> {
    const { status, body } = await send(`${url}/${route}`, how);
    await text(body);
    const attempt = events().findLast(({ kind }) => kind === 'attempt');
    return `${status} ${attempt!.reason}`;
  }

  it.each(kinds)(
    'takes a token of oidc-provider that is bound to a key with a proof of the package dpop, and nothing less: %s',
    async (kind) => {
      const { dpop: token, otherDpop } = tokens[kind];
      const prove = (pair = client, method = 'GET', route: string = kind, of = token): Promise<string> =>
        generateProof(pair, `${url}/${route}`, method, undefined, of);
      const withProof = (proof: string, authScheme = 'DPoP', authorized = token): Call => ({
        headers: { authorization: `${authScheme} ${authorized}`, dpop: proof },
      });
      const proof = await prove();
      expect(await call(kind, withProof(proof))).toBe('200 ok');
      expect(await call(kind, { ...withProof(await prove(client, 'POST')), method: 'POST' })).toBe('200 ok');
      const mutations: readonly (readonly [string, Call])[] = [
        ['replayed', withProof(proof)],
        ['bound-token-as-bearer', { headers: { authorization: `Bearer ${token}` } }],
        ['bound-token-as-bearer', withProof(await prove(), 'Bearer')],
        ['bound-token-as-bearer', { headers: { authorization: `Bearer ${token}` }, certificate: 'payments' }],
        ['dpop-proof-missing', { headers: { authorization: `DPoP ${token}` } }],
        ['dpop-key-mismatch', withProof(await prove(stranger))],
        ['dpop-method-mismatch', withProof(await prove(client, 'POST'))],
        ['dpop-url-mismatch', withProof(await prove(client, 'GET', 'other'))],
        ['dpop-token-mismatch', withProof(await prove(client, 'GET', kind, otherDpop))],
        ['signature-mismatch', withProof(changed(await prove()))],
        ['dpop-proof-malformed', withProof(await generateProof(client, `${url}/${kind}`, 'GET'))],
        [
          kind === 'jwt' ? 'signature-mismatch' : 'inactive',
          withProof(await prove(client, 'GET', kind, changed(token)), 'DPoP', changed(token)),
        ],
      ];
      for (const [reason, how] of mutations) expect(await call(kind, how)).toBe(`401 ${reason}`);
    },
  );

  it.each(kinds)(
    'takes one that is bound to a certificate over a connection with it, and nothing less: %s',
    async (kind) => {
      const { certificate: token } = tokens[kind];
      const headers = { authorization: `Bearer ${token}` };
      expect(await call(kind, { headers, certificate: 'payments' })).toBe('200 ok');
      const field = `:${files['payments.pem']!.replace(/-----[A-Z ]+-----|\s/g, '')}:`;
      const mutations: readonly (readonly [string, Call])[] = [
        ['bound-token-without-certificate', { headers }],
        ['bound-token-without-certificate', { headers: { ...headers, 'client-cert': field } }],
        ['certificate-binding-mismatch', { headers, certificate: 'payments-renewed' }],
        ['certificate-binding-mismatch', { headers, certificate: 'self-signed' }],
        ['certificate-binding-mismatch', { headers: { ...headers, 'client-cert': field }, certificate: 'stranger' }],
        [
          kind === 'jwt' ? 'signature-mismatch' : 'inactive',
          { headers: { authorization: `Bearer ${changed(token)}` }, certificate: 'payments' },
        ],
      ];
      for (const [reason, how] of mutations) expect(await call(kind, how)).toBe(`401 ${reason}`);
    },
  );

  it.each(kinds)(
    'takes neither as a bearer token where nobody has configured anything (RFC 8705 §3, RFC 9449 §7.2): %s',
    async (kind) => {
      const { dpop, certificate } = tokens[kind];
      const route = `${kind}-unbound`;
      expect(await call(route, { headers: { authorization: `Bearer ${dpop}` } })).toBe('401 bound-token-as-bearer');
      expect(await call(route, { headers: { authorization: `Bearer ${certificate}` } })).toBe(
        '401 bound-token-without-certificate',
      );
      expect(await call(route, { headers: { authorization: `Bearer ${certificate}` }, certificate: 'payments' })).toBe(
        '401 bound-token-without-certificate',
      );
    },
  );
});
