import { randomBytes } from 'node:crypto';

import { serverTls } from '@auth/core/node';

import { audience, type Trusted } from '../auth.js';
import { startAuthorizationServer, type AuthorizationServer, type Client } from '../authorization-server.js';
import { makeCallers, type Callers } from './callers.js';
import { entriesOf, makeApiKeys, type ApiKeys } from './api-keys.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { fetchToken } from './fetch-token.js';
import { makeSigningKey } from './signing-key.js';
import { forgeTokens, type HostileTokens } from './tokens.js';
import { makeUsers } from './users.js';

/** What is put into requests. */
export interface Credentials {
  readonly tokens: GoodTokens & HostileTokens;
  readonly apiKeys: ApiKeys;
  readonly certificates: Certificates;
  readonly callers: Callers;
}

/** As the authorization server gives them out. */
export interface GoodTokens {
  readonly goodRsa: string;
  readonly goodEc: string;
  readonly readOnly: string;
}

/** Everything that is made fresh for one run. */
export interface Issued {
  /** What the API is told. */
  readonly trusted: Trusted;
  /** Makes tokens anew each time: they end after an hour. */
  readonly makeCredentials: () => Promise<Credentials>;
  readonly stop: () => Promise<void>;
}

export async function issueCredentials(): Promise<Issued> {
  const [rsa, ec, stranger, users, certificates] = await Promise.all([
    makeSigningKey('RS256', 'rsa-1'),
    makeSigningKey('ES256', 'ec-1'),
    makeSigningKey('ES256', 'ec-1'),
    makeUsers(),
    makeCertificates(),
  ]);
  const [reports, desk] = [makeClient('sales-report', 'RS256'), makeClient('order-desk', 'ES256')];
  const payouts = makeClient('payout-job', 'ES256');
  const server = await startAuthorizationServer({
    keys: [rsa.privateJwk, ec.privateJwk],
    clients: [reports, desk, payouts],
    audience,
    scopes: ['orders:read', 'orders:write'],
  });
  const apiKeys = makeApiKeys();
  const callers = makeCallers({ issuer: server.issuer, reports, desk, payouts, apiKeys });
  const { ca } = certificates;
  const tls = serverTls({ ...certificates.server, ca, clientCertificate: 'allow' });
  return {
    trusted: {
      issuer: server.issuer,
      keys: entriesOf(apiKeys),
      users,
      tls,
      ca,
    },
    makeCredentials: async () => ({
      apiKeys,
      certificates,
      callers,
      tokens: {
        ...(await fetchTokens(server, reports, desk)),
        ...(await forgeTokens(server.issuer, {
          rsa,
          ec,
          stranger,
          certificateThumbprint: certificates.paymentsThumbprint,
        })),
      },
    }),
    async stop() {
      tls.close();
      await Promise.all([server.stop(), certificates.remove()]);
    },
  };
}

const makeClient = (clientId: string, algorithm: Client['algorithm']): Client => ({
  clientId,
  clientSecret: randomBytes(24).toString('base64url'),
  algorithm,
});

async function fetchTokens({ issuer }: AuthorizationServer, reports: Client, desk: Client): Promise<GoodTokens> {
  return {
    goodRsa: await fetchToken(issuer, reports, 'orders:read'),
    goodEc: await fetchToken(issuer, desk, 'orders:read orders:write'),
    readOnly: await fetchToken(issuer, reports, 'orders:read'),
  };
}
