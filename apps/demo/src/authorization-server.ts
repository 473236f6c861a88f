import { createServer } from 'node:http';

import type { JWK } from 'jose';
import { Provider, type Adapter, type Configuration } from 'oidc-provider';

import { closeServer, listen, urlOf } from './servers/server.js';

/** Somebody who gets tokens with a secret of their own (RFC 6749 §4.4). */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What their tokens are signed with. */
  readonly algorithm: 'RS256' | 'ES256';
}

export interface AuthorizationServerOptions {
  /** Private keys. */
  readonly keys: readonly JWK[];
  readonly clients: readonly Client[];
  /** The API that tokens are for. */
  readonly audience: string;
  readonly scopes: readonly string[];
}

export interface AuthorizationServer {
  readonly issuer: string;
  readonly stop: () => Promise<void>;
}

const lifetimeSeconds = 3600;

/** Starts a real authorization server on a free port of this machine: `oidc-provider`, with RFC 9068 access tokens. */
export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  // It listens first: the port is part of the issuer.
  const server = await listen(createServer());
  const issuer = urlOf(server);
  const provider = new Provider(issuer, configurationOf(options));
  const respond = provider.callback();
  server.on('request', (req, res) => void respond(req, res));
  return { issuer, stop: () => closeServer(server) };
}

function configurationOf({ keys, clients, audience, scopes }: AuthorizationServerOptions): Configuration {
  const scope = scopes.join(' ');
  const algorithms = new Map(clients.map(({ clientId, algorithm }) => [clientId, algorithm]));
  return {
    jwks: { keys },
    clients: clients.map(({ clientId, clientSecret }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope,
    })),
    scopes: [...scopes],
    ttl: { ClientCredentials: lifetimeSeconds },
    adapter: NoStorage,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: (_context, resource, client) => ({
          audience: resource,
          scope,
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetimeSeconds,
          jwt: { sign: { alg: algorithms.get(client.clientId) ?? 'RS256' } },
        }),
      },
    },
  };
}

/** Tokens that are JWTs are not kept, and nobody logs in here. */
class NoStorage implements Adapter {
  async upsert(): Promise<undefined> {}
  async find(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<undefined> {}
  async destroy(): Promise<undefined> {}
  async revokeByGrantId(): Promise<undefined> {}
}
