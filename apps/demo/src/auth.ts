import {
  apiKey,
  basic,
  createAuth,
  jwt,
  type ApiKeyEntry,
  type AuditEvent,
  type BasicUser,
  type RevocationStore,
} from '@auth/core';
import { mtls } from '@auth/core/mtls';
import type { ServerTls } from '@auth/core/node';

import { paymentsUri } from './credentials/certificates.js';

export const audience = 'https://orders.example';
export const keyPrefix = 'acme';

/** Whom the API trusts: an authorization server, an authority of certificates, and the keys and passwords that were handed out. */
export interface Trusted {
  readonly issuer: string;
  readonly keys: readonly ApiKeyEntry[];
  readonly users: readonly BasicUser[];
  /** Of the servers; it has the authority of clients. */
  readonly tls: ServerTls;
  /** The path of the authority. */
  readonly ca: string;
  /** Where the authorization server writes what it revoked. */
  readonly revocation: RevocationStore;
}

/** Who is told of what. */
export interface Listeners {
  readonly audit: (event: AuditEvent) => void;
  readonly explainRefusals: (explanation: string) => void;
}

/** The one configuration of the API, whatever framework serves it. */
export function createApiAuth(
  { issuer, keys, users, tls, revocation }: Trusted,
  { audit, explainRefusals }: Listeners,
) {
  // Keys are found by discovery; over http, since they come from this machine.
  const tokens = { issuer, audience, allowInsecureHttp: true, revocation: 'check' } as const;
  return createAuth({
    schemes: {
      access: jwt({ ...tokens, certificateBound: 'allow' }),
      // Of these a thief has no use.
      bound: jwt({ ...tokens, dpop: 'require' }),
      certificates: mtls({ ca: tls.ca!, subjects: [{ sanUri: paymentsUri, subject: 'payments' }] }),
      keys: apiKey({ prefix: keyPrefix, keys }),
      passwords: basic({ users }),
    },
    stores: { revocation },
    audit,
    explainRefusals,
  });
}

export type ApiAuth = ReturnType<typeof createApiAuth>;
