import { apiKey, basic, clientCredentials, type Strategy } from '@auth/client';

import type { Client } from '../authorization-server.js';
import type { ApiKeys } from './api-keys.js';
import { passwords } from './users.js';

/** Applications that are let in: how each of them gets its credentials, and writes them into requests. */
export interface Callers {
  readonly reports: Strategy;
  readonly desk: Strategy;
  readonly nightly: Strategy;
  readonly ada: Strategy;
  readonly björn: Strategy;
}

export interface CallersOptions {
  readonly issuer: string;
  readonly reports: Client;
  readonly desk: Client;
  readonly apiKeys: ApiKeys;
}

export function makeCallers({ issuer, reports, desk, apiKeys }: CallersOptions): Callers {
  return {
    reports: clientCredentials({ issuer, ...secretOf(reports), scopes: ['orders:read'] }),
    desk: clientCredentials({ issuer, ...secretOf(desk), scopes: ['orders:read', 'orders:write'] }),
    nightly: apiKey({ key: apiKeys.good }),
    ada: basic({ username: 'ada', password: passwords.ada }),
    björn: basic({ username: 'björn', password: passwords.björn }),
  };
}

const secretOf = ({ clientId, clientSecret }: Client) => ({ clientId, clientSecret });
