import {
  apiKey,
  createAuth,
  generateApiKey,
  type ApiKeyScheme,
  type Auth,
  type AuditEvent,
  type AuthOptions,
} from '@auth/core';
import { fastifyAuth, type FastifyAuth } from '@auth/fastify';

interface OneScheme extends Record<string, ApiKeyScheme> {
  readonly keys: ApiKeyScheme;
}

/** A guard with one API key, and everything that is known of what it did. */
export interface GuardedApi extends FastifyAuth<OneScheme> {
  readonly auth: Auth<OneScheme>;
  readonly events: readonly AuditEvent[];
  readonly errors: readonly unknown[];
  /** Fields that prove who calls. */
  readonly proof: Readonly<Record<string, string>>;
  /** A handler that answers its name and leaves a mark. */
  readonly answer: (name: string) => () => Promise<string>;
  /** Names of the handlers that ran. */
  readonly ran: readonly string[];
}

export function createGuardedApi(options: Partial<AuthOptions> = {}): GuardedApi {
  const key = generateApiKey('acme');
  const events: AuditEvent[] = [];
  const errors: unknown[] = [];
  const ran: string[] = [];
  const auth = createAuth({
    ...options,
    schemes: {
      keys: apiKey({ prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: ['orders:read'] }] }),
    },
    audit: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
  });
  return {
    ...fastifyAuth(auth),
    auth,
    events,
    errors,
    proof: { 'x-api-key': key },
    ran,
    answer: (name) => async () => {
      ran.push(name);
      return name;
    },
  };
}
