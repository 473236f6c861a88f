import {
  apiKey,
  basic,
  createAuth,
  hmac,
  httpSignature,
  introspection,
  jwt,
  type ApiKeyEntry,
  type AuditEvent,
  type BasicUser,
  type RevocationStore,
} from '@auth/core';
import { mtls } from '@auth/core/mtls';
import type { ServerTls } from '@auth/core/node';

import type { Client } from './authorization-server.js';
import { paymentsUri } from './credentials/certificates.js';
import { awsKeyid, awsScope, jobKeyid, type SigningCallers } from './credentials/signers.js';

export const audience = 'https://orders.example';
export const keyPrefix = 'acme';
/** `acr` of those who signed in with a second factor. */
export const strongSignIn = 'second-factor';

/** Whom the API trusts: an authorization server, an authority of certificates, and the keys and passwords that were handed out. */
export interface Trusted extends SigningCallers {
  readonly issuer: string;
  /** Who the API is where it asks the issuer about tokens. */
  readonly api: Client;
  /** An issuer that is down. */
  readonly downUrl: string;
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
export function createApiAuth(trusted: Trusted, { audit, explainRefusals }: Listeners) {
  const { issuer, keys, users, tls, revocation } = trusted;
  // Keys are found by discovery; over http, since they come from this machine.
  const tokens = { issuer, audience, allowInsecureHttp: true, revocation: 'check' } as const;
  const { clientId, clientSecret } = trusted.api;
  const asked = { audience, clientId, clientSecret, allowInsecureHttp: true };
  return createAuth({
    schemes: {
      access: jwt({ ...tokens, certificateBound: 'allow' }),
      // Of these a thief has no use.
      bound: jwt({ ...tokens, dpop: 'require' }),
      // Nothing of these is read here: the issuer says what they are worth.
      asked: introspection({ ...asked, issuer }),
      unreachable: introspection({ ...asked, endpoint: `${trusted.downUrl}/introspect` }),
      certificates: mtls({ ca: tls.ca!, subjects: [{ sanUri: paymentsUri, subject: 'payments' }] }),
      keys: apiKey({ prefix: keyPrefix, keys }),
      passwords: basic({ users }),
      signed: httpSignature({
        keys: [{ keyid: jobKeyid, alg: 'ed25519', publicKeyPem: trusted.jobKeyPem, subject: 'orders-job' }],
      }),
      aws: hmac({
        profile: 'aws-sigv4',
        ...awsScope,
        keys: [{ keyid: awsKeyid, secret: trusted.awsSecret, subject: 'warehouse' }],
      }),
      hooks: hmac({ profile: 'standard-webhooks', keys: [{ secret: trusted.hookSecret, subject: 'billing' }] }),
    },
    stores: { revocation },
    audit,
    explainRefusals,
  });
}

export type ApiAuth = ReturnType<typeof createApiAuth>;
