import { createServer } from 'node:http';

import { createAuth, jwt, type AuditEvent, type RevocationStore } from '@auth/core';
import { createIssuer, type ExternalKey, type IssuerClient } from '@auth/core/issuer';
import { expressAuth } from '@auth/express';
import express from 'express';

import { closeServer, listen, urlOf } from './servers/server.js';

/** Somebody who gets tokens with a secret of their own (RFC 6749 §4.4). */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Its tokens are bound to a key (RFC 9449). */
  readonly isBound?: boolean;
  /** The API that it is, in place of a caller: it asks what tokens are worth (RFC 7662). */
  readonly protects?: string;
}

export interface AuthorizationServerOptions {
  /** What signs, and what is published. */
  readonly keys: () => readonly ExternalKey[];
  readonly clients: readonly Client[];
  /** The API that tokens are for. */
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly tokenSeconds: number;
  /** That of the API, so that what is revoked here is refused there. */
  readonly revocation: RevocationStore;
  readonly audit: (event: AuditEvent) => void;
}

export interface AuthorizationServer {
  readonly issuer: string;
  readonly stop: () => Promise<void>;
}

/** Starts the issuer of `@auth/core/issuer` in a server of its own, on a free port of this machine. */
export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const { keys, clients, audience, scopes, tokenSeconds, revocation, audit } = options;
  const app = express();
  // It listens first: the port is part of the issuer.
  const server = await listen(createServer(app));
  const issuer = createIssuer({
    issuer: urlOf(server),
    clients: clients.map((client) => toIssuerClient(client, { audience, scopes })),
    accessTokenSeconds: tokenSeconds,
    signing: { keys },
    revocation,
  });
  // Its endpoints know their clients by themselves; the guard has a scheme for routes beside them, of which there are none.
  const self = { issuer: issuer.issuer, audience: issuer.issuer, allowInsecureHttp: true };
  const auth = createAuth({ schemes: { access: jwt(self) }, audit });
  const { mount } = expressAuth(auth);
  app.use(mount(issuer.handlers(auth)));
  return {
    issuer: issuer.issuer,
    async stop() {
      await closeServer(server);
      await auth.close();
    },
  };
}

function toIssuerClient(
  { clientId, clientSecret, isBound = false, protects }: Client,
  { audience, scopes }: Pick<AuthorizationServerOptions, 'audience' | 'scopes'>,
): IssuerClient {
  const known = { clientId, clientSecret };
  if (protects !== undefined) return { ...known, scopes: [], grants: [], protects: [protects] };
  return { ...known, scopes, resources: [audience], dpop: isBound ? 'require' : 'off' };
}
