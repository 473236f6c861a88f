import { Faults } from '@auth/core/signing';

import { isClientError, type ClientError } from '../client-error.js';
import type { Strategy } from '../strategy.js';
import { digestOf } from '../token-supplier.js';
import type { Grant } from './grant.js';
import { checkTexts } from './option-checks.js';
import { checkTokenOptions, tokenOptions, type TokenOptions } from './token-options.js';
import { createTokenStrategy } from './token-strategy.js';

/** Options of `refreshToken()`. */
export interface RefreshTokenOptions extends TokenOptions {
  readonly clientId: string;
  /** The one that was got first, by a sign-in. Those that follow it are kept in the token cache of the client. */
  readonly refreshToken: string;
}

/**
 * Gets access tokens by a refresh token (RFC 6749 §6). A new refresh token in an answer takes the place of the old one before the
 * access token is used, and the old one is never sent again (RFC 9700 §4.14.2).
 *
 * Checks: after `invalid_grant` the refresh token is not sent again; the calls fail with `invalid-grant`.
 * Does not check: whether a refresh token that the issuer rotates survives this process: give `createClient` a `tokenCache` for that.
 * @throws ConfigurationError for wrong options
 * @example refreshToken({ issuer: 'https://as.example', clientId: 'desk', refreshToken })
 */
export function refreshToken(options: RefreshTokenOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, [...tokenOptions, 'refreshToken']);
  const settings = checkTokenOptions(options, faults);
  checkTexts({ clientId: options.clientId, refreshToken: options.refreshToken }, faults);
  faults.throwIfAny();
  // In a closure: no log of the strategy shows it.
  const first = options.refreshToken;
  return createTokenStrategy(settings, () => createGrant(first));
}

function createGrant(first: string): Grant {
  let ended: { readonly token: string; readonly error: ClientError } | undefined;
  const sent = (form: URLSearchParams): string => form.get('refresh_token') ?? '';
  return {
    type: 'refreshToken',
    identify: () => digestOf(first),
    open(last) {
      const token = last?.refreshToken?.reveal() ?? first;
      if (ended?.token === token) throw ended.error;
      return { form: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }), secrets: [token] };
    },
    fail(error, { form }) {
      if (error.code === 'invalid-grant') ended = { token: sent(form), error };
      // Decision: an answer that was lost may have had a new refresh token. Issuers grant the old one once more for a moment.
      return isClientError(error.cause) && error.cause.code === 'network';
    },
  };
}
