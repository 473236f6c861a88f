import { Faults, type Awaitable } from '@auth/core/signing';

import { refusesToken } from '../challenge-response.js';
import { ClientError, isClientError } from '../client-error.js';
import { redactError } from '../redact.js';
import type { Authenticator, Strategy } from '../strategy.js';
import { assertFieldValue, checkTexts } from './option-checks.js';
import { createStaticStrategy } from './static-strategy.js';

/** Says which token to send. */
export type FindToken = (about: {
  /** Whether the API refused the last one: another one is wanted. */
  readonly refused: boolean;
  readonly signal: AbortSignal | undefined;
}) => Awaitable<string>;

/** Options of `bearer()`. */
export interface BearerOptions {
  /** The token, or a function that gives it: called for each time that a request is sent, so keep what it gives. */
  readonly token: string | FindToken;
}

const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;
const keep = Object.freeze({ kind: 'keep' } as const);
const retry = Object.freeze({ kind: 'retry' } as const);

/**
 * Sends one token with every request (RFC 6750 §2.1), or those that a function gives: it is asked once more where the API refused one.
 * @throws ConfigurationError for wrong options; ClientError `invalid-request` or `invalid-credential-config` for a token that no
 * field can hold
 * @example bearer({ token })
 */
export function bearer(options: BearerOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, ['token']);
  const { token } = options;
  if (typeof token !== 'function') checkTexts({ token }, faults);
  faults.throwIfAny();
  if (typeof token === 'function')
    return Object.freeze({ type: 'bearer', fields: ['authorization'], connect: () => ask(token) }) as Strategy;
  return createStaticStrategy('bearer', [['authorization', toField(token)]]);
}

function ask(find: FindToken): Authenticator<string> {
  let refused: string | undefined;
  return {
    async prepare(_request, signal) {
      const first = await read(find, { refused: refused !== undefined, signal });
      // Whoever gives the refused token again has no other.
      if (first !== refused) refused = undefined;
      return { headers: [['authorization', toField(first)]], credentials: first };
    },
    afterResponse(answer, token) {
      if (answer.repeated || !refusesToken(answer) || token === refused) return keep;
      refused = token;
      return retry;
    },
  };
}

async function read(find: FindToken, about: Parameters<FindToken>[0]): Promise<string> {
  try {
    return await find(about);
  } catch (error) {
    if (isClientError(error)) throw error;
    const cause = redactError(error, []);
    throw new ClientError('token-source', 'the function that gives the token failed', { cause });
  }
}

function toField(token: string): string {
  if (typeof token !== 'string') throw new ClientError('token-source', 'the function that gives the token gave none');
  assertFieldValue('token', token, b64token);
  return `Bearer ${token}`;
}
