import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { apiKey, createAuth, jwt, type Jwk } from '@auth/core';

import { audience, issuer, scope } from '../tokens.js';

/** What stands before the handler of a server. */
export type Guarding = 'nothing' | 'node:crypto' | 'api key' | 'jwt' | 'rival' | 'rival, cached';

/** What a server is started with. */
export interface Setup {
  readonly framework: string;
  readonly guarding: Guarding;
  /** An RSA key. */
  readonly jwk: Jwk;
  readonly pem: string;
  readonly apiKey: string;
  /** For `node:crypto`: what is verified on each request, in base64. */
  readonly signed: { readonly input: string; readonly signature: string };
}

/** A setup with what every framework makes of it. */
export interface Serving extends Setup {
  /** Before each answer of a server without a guard: nothing, or the primitive alone. */
  readonly work: () => void;
}

/** Starts a server that answers `GET /orders`, on any port of this machine. */
export type StartServer = (serving: Serving) => Promise<Server>;

export const path = '/orders';
export const orders = Object.freeze({ orders: [1, 2, 3] });
export const host = '127.0.0.1';

export const createBenchAuth = ({ jwk, apiKey: key }: Setup) =>
  createAuth({
    schemes: {
      // The same token comes again and again here: each is verified anew, as by the others.
      access: jwt({ issuer, audience, jwks: { keys: [jwk] }, maxRememberedSignatures: 0 }),
      keys: apiKey({ prefix: 'acme', keys: [{ id: 'key-1', key, subject: 'orders-job', scopes: [scope] }] }),
    },
  });

/** What a guard of ours asks. */
export const requirementOf = ({ guarding }: Setup) =>
  ({ scheme: guarding === 'jwt' ? 'access' : 'keys', scopes: [scope] }) as const;

export async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
