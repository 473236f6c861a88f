import type { AuthOptions } from '@auth/core';
import { fastifyAuth, type FastifyAuth } from '@auth/fastify';

import { createOneKey, type OneKey, type OneScheme } from '../../core/test/fixtures/adapters/one-key.js';

/** A guard with one API key, what is known of what it did, and its adapter. */
export interface GuardedApi extends OneKey, FastifyAuth<OneScheme> {
  /** A handler that answers its name and leaves a mark. */
  readonly answer: (name: string) => () => Promise<string>;
  /** Names of the handlers that ran. */
  readonly ran: readonly string[];
}

export function createGuardedApi(options: Partial<AuthOptions> = {}): GuardedApi {
  const api = createOneKey(options);
  const ran: string[] = [];
  return {
    ...api,
    ...fastifyAuth(api.auth),
    ran,
    answer: (name) => async () => {
      ran.push(name);
      return name;
    },
  };
}
