import type { RequestHandler } from 'express';
import type { AuthOptions } from '@auth/core';
import { expressAuth, type ExpressAuth } from '@auth/express';

import { createOneKey, type OneKey, type OneScheme } from '../../core/test/fixtures/adapters/one-key.js';

/** A guard with one API key, what is known of what it did, and its adapter. */
export interface GuardedApi extends OneKey, ExpressAuth<OneScheme> {
  /** A handler that answers its name and leaves a mark. */
  readonly answer: (name: string) => RequestHandler<any>;
  /** Names of the handlers that ran. */
  readonly ran: readonly string[];
}

export function createGuardedApi(options: Partial<AuthOptions> = {}): GuardedApi {
  const api = createOneKey(options);
  const ran: string[] = [];
  return {
    ...api,
    ...expressAuth(api.auth),
    ran,
    answer: (name) => (_req, res) => {
      ran.push(name);
      res.end(name);
    },
  };
}
