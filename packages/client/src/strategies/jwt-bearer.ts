import { Faults } from '@auth/core/signing';

import { readToken } from '../read-token.js';
import type { Strategy } from '../strategy.js';
import { checkToken, toSupplier, type TokenSupplier } from '../token-supplier.js';
import type { Grant } from './grant.js';
import { identify } from './token-exchange.js';
import { checkTokenOptions, tokenOptions, type TokenOptions } from './token-options.js';
import { createTokenStrategy } from './token-strategy.js';

/** Options of `jwtBearer()`. */
export interface JwtBearerOptions extends TokenOptions {
  /** A JWT that says who the access token is for, or who gives it: a token of the platform, one that is signed for each request. */
  readonly assertion: string | TokenSupplier;
}

/**
 * Gets access tokens for a JWT of somebody whom the issuer trusts (RFC 7523 §2.1): Kubernetes, GitHub Actions, SPIFFE.
 * @throws ConfigurationError for wrong options
 * @example jwtBearer({ issuer: 'https://as.example', assertion: tokenFile('/var/run/secrets/tokens/as') })
 */
export function jwtBearer(options: JwtBearerOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, [...tokenOptions, 'assertion']);
  const settings = checkTokenOptions(options, faults);
  checkToken('assertion', options.assertion, faults);
  faults.throwIfAny();
  const assertion = toSupplier(options.assertion);
  return createTokenStrategy(settings, () => createGrant(assertion));
}

function createGrant(assertion: TokenSupplier): Grant {
  return {
    type: 'jwtBearer',
    identify: async () => JSON.stringify(await identify(assertion)),
    async open(_last, signal) {
      const token = await readToken(assertion, signal);
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: token,
      });
      return { form, secrets: [token] };
    },
  };
}
