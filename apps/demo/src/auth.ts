import { apiKey, basic, createAuth, jwt, type ApiKeyEntry, type AuditEvent, type BasicUser } from '@auth/core';

export const audience = 'https://orders.example';
export const keyPrefix = 'acme';

/** Whom the API trusts: an authorization server, and the keys and passwords that were handed out. */
export interface Trusted {
  readonly issuer: string;
  readonly keys: readonly ApiKeyEntry[];
  readonly users: readonly BasicUser[];
}

/** Who is told of what. */
export interface Listeners {
  readonly audit: (event: AuditEvent) => void;
  readonly explainRefusals: (explanation: string) => void;
}

/** The one configuration of the API, whatever framework serves it. */
export function createApiAuth({ issuer, keys, users }: Trusted, { audit, explainRefusals }: Listeners) {
  return createAuth({
    schemes: {
      // Its keys are found by discovery; over http, since they come from this machine.
      access: jwt({ issuer, audience, allowInsecureHttp: true }),
      keys: apiKey({ prefix: keyPrefix, keys }),
      passwords: basic({ users }),
    },
    audit,
    explainRefusals,
  });
}

export type ApiAuth = ReturnType<typeof createApiAuth>;
