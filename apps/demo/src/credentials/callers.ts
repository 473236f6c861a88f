import { apiKey, basic, clientCredentials, type Strategy } from '@auth/client';
import { createDpopKey } from '@auth/core/signing';

import type { Client } from '../authorization-server.js';
import type { ApiKeys } from './api-keys.js';
import { passwords } from './users.js';

/** Applications that are let in: how each of them gets its credentials, and writes them into requests. */
export interface Callers {
  readonly reports: Strategy;
  readonly desk: Strategy;
  /** Its tokens are bound to a key. */
  readonly payouts: Strategy;
  readonly nightly: Strategy;
  readonly ada: Strategy;
  readonly björn: Strategy;
}

export interface CallersOptions {
  readonly issuer: string;
  readonly reports: Client;
  readonly desk: Client;
  readonly payouts: Client;
  readonly apiKeys: ApiKeys;
}

export function makeCallers({ issuer, reports, desk, payouts, apiKeys }: CallersOptions): Callers {
  return {
    reports: clientCredentials({ issuer, ...secretOf(reports), scopes: ['orders:read'] }),
    desk: clientCredentials({ issuer, ...secretOf(desk), scopes: ['orders:read', 'orders:write'] }),
    payouts: clientCredentials({ issuer, ...secretOf(payouts), scopes: ['orders:read'], dpop: createDpopKey() }),
    nightly: apiKey({ key: apiKeys.good }),
    ada: basic({ username: 'ada', password: passwords.ada }),
    björn: basic({ username: 'björn', password: passwords.björn }),
  };
}

const secretOf = ({ clientId, clientSecret }: Client) => ({ clientId, clientSecret });
