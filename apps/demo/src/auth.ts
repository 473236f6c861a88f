import { apiKey, createAuth, jwt, type ApiKeyEntry, type AuditEvent, type JwkSet } from '@auth/core';

export const issuer = 'https://issuer.example';
export const audience = 'https://orders.example';
export const keyPrefix = 'acme';

/** The issuer's public keys, and the API keys that were handed out. */
export interface TrustedKeys {
  readonly jwks: JwkSet;
  readonly keys: readonly ApiKeyEntry[];
}

/** The one configuration of the API, whatever framework serves it. */
export function createApiAuth({ jwks, keys }: TrustedKeys, audit: (event: AuditEvent) => void) {
  return createAuth({
    schemes: {
      access: jwt({ issuer, audience, jwks }),
      keys: apiKey({ prefix: keyPrefix, keys }),
    },
    audit,
  });
}

export type ApiAuth = ReturnType<typeof createApiAuth>;
