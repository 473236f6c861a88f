import { createHash } from 'node:crypto';

import { toUtf8 } from '../../src/base/bytes.js';
import { apiKey, createAuth, type Answer, type AuditEvent, type AuthOptions } from '../../src/index.js';
import { createIssuer, type Issuer, type IssuerClient, type IssuerOptions } from '../../src/issuer.js';
import { createTestClock, type TestClock } from '../../src/testing.js';
import { startOfTests } from '../fixtures/guard.js';
import { requestOf } from '../fixtures/request.js';

const secret = 'svc-secret-5cW0mQ2xv8rYzL1nTgHu';
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const back = 'https://app.example/back';

/** A client for itself, and one for people. */
const clients: readonly IssuerClient[] = [
  {
    clientId: 'svc',
    clientSecret: secret,
    scopes: ['read', 'write'],
    grants: ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
  },
  { clientId: 'app', scopes: ['read'], grants: ['authorization_code', 'refresh_token'], redirectUris: [back] },
  {
    clientId: 'web',
    clientSecret: secret,
    scopes: ['read'],
    grants: ['authorization_code', 'refresh_token'],
    redirectUris: [back],
    protects: ['https://issuer.example/oauth'],
  },
  { clientId: 'once', scopes: ['read'], grants: ['authorization_code'], redirectUris: [back] },
];

type Who = 'app' | 'web' | 'once';
type Fields = Readonly<Record<string, string>>;

type Told = Answer & { readonly json: Record<string, unknown> };

export interface IssuerBench {
  readonly issuer: Issuer;
  readonly clock: TestClock;
  readonly events: readonly AuditEvent[];
  readonly get: (target: string) => Promise<Told>;
  /** As `svc`, unless `client_id` says otherwise. */
  readonly post: (path: string, form: Fields, headers?: Fields) => Promise<Told>;
  readonly token: (headers?: Fields) => Promise<Told>;
  /** Signs alice in. @returns the answer of the token endpoint */
  readonly signIn: (clientId: Who, headers?: Fields) => Promise<Told>;
  readonly refresh: (clientId: Who, refreshToken: unknown, headers?: Fields) => Promise<Told>;
  readonly codeFor: (clientId: Who, more?: Fields) => Promise<string>;
  readonly redeem: (clientId: Who, code: string, headers?: Fields) => Promise<Told>;
}

/** An issuer behind a guard, with a clock that stands and everything it tells kept. */
export function issuerBench(
  options: Partial<IssuerOptions> = {},
  clock = createTestClock(startOfTests),
  ofAuth: Partial<AuthOptions> = {},
): IssuerBench {
  const events: AuditEvent[] = [];
  const auth = createAuth({
    schemes: { keys: apiKey({ prefix: 'acme', keys: [] }) },
    clock,
    audit: (event) => void events.push(event),
    ...ofAuth,
  });
  const all: IssuerOptions = {
    issuer: 'https://issuer.example/oauth',
    clients,
    login: () => ({ subject: 'alice' }),
    ...options,
  };
  const issuer = createIssuer(all, { clock });
  const handlers = issuer.handlers(auth);
  const told = (answer: Answer): Told => {
    const text = new TextDecoder().decode(answer.body);
    return { ...answer, json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  const get = async (target: string): Promise<Told> =>
    told(await handlers[target.replace(/\?.*$/, '')]!(requestOf({ target })));
  const post = async (path: string, form: Fields, more: Fields = {}): Promise<Told> => {
    const user =
      form['client_id'] === undefined || form['client_id'] === 'web' ? (form['client_id'] ?? 'svc') : undefined;
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...more,
      ...(user !== undefined && { authorization: `Basic ${btoa(`${user}:${secret}`)}` }),
    };
    const body = async (): Promise<Uint8Array> => toUtf8(new URLSearchParams(form).toString());
    return told(await handlers[path]!(requestOf({ method: 'POST', target: path, headers, body })));
  };
  const codeFor = async (clientId: string, more: Fields = {}): Promise<string> => {
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const asked = { client_id: clientId, response_type: 'code', redirect_uri: back, code_challenge: challenge };
    const query = new URLSearchParams({ ...asked, ...more, code_challenge_method: 'S256' });
    const { headers } = await get(`/oauth/authorize?${query}`);
    const location = headers.find(([name]) => name === 'location')?.[1] ?? '';
    return new URL(location).searchParams.get('code') ?? '';
  };
  const redeem = (clientId: string, code: string, headers?: Fields): Promise<Told> =>
    post(
      '/oauth/token',
      {
        grant_type: 'authorization_code',
        client_id: clientId,
        code,
        code_verifier: verifier,
        redirect_uri: back,
      },
      headers,
    );
  return {
    issuer,
    clock,
    events,
    get,
    post,
    token: (headers) => post('/oauth/token', { grant_type: 'client_credentials' }, headers),
    codeFor,
    redeem,
    signIn: async (clientId, headers) => redeem(clientId, await codeFor(clientId), headers),
    refresh: (clientId, refreshToken, headers) =>
      post(
        '/oauth/token',
        { grant_type: 'refresh_token', client_id: clientId, refresh_token: String(refreshToken) },
        headers,
      ),
  };
}
