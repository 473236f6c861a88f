import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { createMemoryRevocation, type AuditEvent } from '@auth/core';
import { serverTls } from '@auth/core/node';

import { audience, type Trusted } from '../auth.js';
import { startAuthorizationServer, type AuthorizationServer, type Client } from '../authorization-server.js';
import { closeServer, listen, urlOf } from '../servers/server.js';
import { makeCallers, type Callers } from './callers.js';
import { entriesOf, makeApiKeys, type ApiKeys } from './api-keys.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { fetchToken, revokeToken } from './fetch-token.js';
import { createKeyRing, tokenSeconds, type KeyRing } from './key-ring.js';
import { makeSigners, type Signers } from './signers.js';
import { makeSigningKey } from './signing-key.js';
import { forgeTokens, type HostileTokens } from './tokens.js';
import { makeUsers } from './users.js';

/** What is put into requests. */
export interface Credentials {
  readonly tokens: GoodTokens & HostileTokens;
  readonly apiKeys: ApiKeys;
  readonly certificates: Certificates;
  readonly callers: Callers;
  readonly signers: Signers;
}

/** As the authorization server gives them out. */
export interface GoodTokens {
  readonly good: string;
  readonly readOnly: string;
  /** Signed by the key that signed before. */
  readonly beforeRotation: string;
  readonly afterRotation: string;
  /** Good, until its owner gave it back. */
  readonly revoked: string;
}

/** Everything that is made fresh for one run. */
export interface Issued {
  /** What the API is told. */
  readonly trusted: Trusted;
  /** Makes tokens anew each time, since they end after an hour, and rotates the key that signs them. */
  readonly makeCredentials: () => Promise<Credentials>;
  readonly keyRing: KeyRing;
  readonly stop: () => Promise<void>;
}

/** @param audit told of what the authorization server does */
export async function issueCredentials(audit: (event: AuditEvent) => void = () => undefined): Promise<Issued> {
  const [keyRing, stranger, users, certificates, { signers, told }] = await Promise.all([
    createKeyRing(),
    makeSigningKey('ES256', 'stranger'),
    makeUsers(),
    makeCertificates(),
    makeSigners(),
  ]);
  const clients = { reports: makeClient('sales-report'), desk: makeClient('order-desk') };
  const payouts: Client = { ...makeClient('payout-job'), isBound: true };
  const api: Client = { ...makeClient('orders-api'), protects: audience };
  const revocation = createMemoryRevocation();
  const server = await startAuthorizationServer({
    keys: keyRing.keys,
    clients: [...Object.values(clients), payouts, api],
    audience,
    scopes: ['orders:read', 'orders:write'],
    tokenSeconds,
    revocation,
    audit,
  });
  const apiKeys = makeApiKeys();
  const callers = makeCallers({ issuer: server.issuer, ...clients, payouts, apiKeys });
  const { ca } = certificates;
  const tls = serverTls({ ...certificates.server, ca, clientCertificate: 'allow' });
  return {
    trusted: {
      issuer: server.issuer,
      api,
      downUrl: await findClosedUrl(),
      keys: entriesOf(apiKeys),
      users,
      tls,
      ca,
      revocation,
      ...told,
    },
    keyRing,
    async makeCredentials() {
      const good = await fetchTokens(server, clients, keyRing);
      const keys = { ...keyRing.latest(), stranger, certificateThumbprint: certificates.paymentsThumbprint };
      return {
        apiKeys,
        certificates,
        callers,
        signers,
        tokens: { ...good, ...(await forgeTokens(server.issuer, keys)) },
      };
    },
    async stop() {
      tls.close();
      await Promise.all([server.stop(), certificates.remove()]);
    },
  };
}

/** Of a server that is not there any more. */
async function findClosedUrl(): Promise<string> {
  const server = await listen(createServer());
  const url = urlOf(server);
  await closeServer(server);
  return url;
}

const makeClient = (clientId: string): Client => ({
  clientId,
  clientSecret: randomBytes(24).toString('base64url'),
});

interface Clients {
  readonly reports: Client;
  readonly desk: Client;
}

async function fetchTokens(
  { issuer }: AuthorizationServer,
  { reports, desk }: Clients,
  keyRing: KeyRing,
): Promise<GoodTokens> {
  const beforeRotation = await fetchToken(issuer, reports, 'orders:read');
  await keyRing.rotate();
  const revoked = await fetchToken(issuer, reports, 'orders:read');
  await revokeToken(issuer, reports, revoked);
  return {
    good: await fetchToken(issuer, desk, 'orders:read orders:write'),
    readOnly: await fetchToken(issuer, reports, 'orders:read'),
    beforeRotation,
    afterRotation: await fetchToken(issuer, reports, 'orders:read'),
    revoked,
  };
}
