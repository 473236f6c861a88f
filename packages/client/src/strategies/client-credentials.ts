import { Faults } from '@auth/core/signing';

import type { Strategy } from '../strategy.js';
import type { Grant } from './grant.js';
import { checkTokenOptions, tokenOptions, type TokenOptions } from './token-options.js';
import { createTokenStrategy } from './token-strategy.js';

/** Options of `clientCredentials()`. Exactly one of `issuer` and `tokenEndpoint`. */
export interface ClientCredentialsOptions extends TokenOptions {
  readonly clientId: string;
}

/**
 * Gets access tokens for this client itself (RFC 6749 §4.4) and sends them as Bearer tokens. One request for all calls, renewed ahead
 * of the end, asked for anew once where the API says that a token is not good.
 * @throws ConfigurationError for wrong options
 * @example clientCredentials({ issuer: 'https://as.example', clientId: 'orders-job', clientSecret, scopes: ['orders:read'] })
 */
export function clientCredentials(options: ClientCredentialsOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, tokenOptions);
  const settings = checkTokenOptions(options, faults);
  // RFC 6749 §4.4: this grant is for confidential clients alone.
  if (options.clientAuthentication === 'none' || !proves(options))
    faults.add(
      'clientSecret',
      'invalid-option',
      'write clientSecret, signingKey or clientAssertion, or a certificate (RFC 6749 §4.4)',
    );
  faults.throwIfAny();
  return createTokenStrategy(settings, () => grant);
}

const proves = ({
  clientAuthentication,
  clientSecret,
  signingKey,
  clientAssertion,
}: ClientCredentialsOptions): boolean =>
  (clientAuthentication ?? clientSecret ?? signingKey ?? clientAssertion) !== undefined;

const grant: Grant = {
  type: 'clientCredentials',
  identify: () => '',
  open: () => ({ form: new URLSearchParams({ grant_type: 'client_credentials' }), secrets: [] }),
};
