import { Faults } from '@auth/core/signing';

import type { Strategy } from '../strategy.js';
import { assertFieldValue, checkTexts } from './option-checks.js';
import { createStaticStrategy } from './static-strategy.js';

/** Options of `bearer()`. */
export interface BearerOptions {
  readonly token: string;
}

/**
 * Sends one token with every request (RFC 6750 §2.1). It is not renewed: a 401 is handed out.
 * @throws ConfigurationError for wrong options; ClientError `invalid-request` or `invalid-credential-config` for a token that no
 * field can hold
 * @example bearer({ token })
 */
export function bearer(options: BearerOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, ['token']);
  checkTexts({ token: options.token }, faults);
  faults.throwIfAny();
  assertFieldValue('token', options.token, /^[A-Za-z0-9\-._~+/]+=*$/);
  return createStaticStrategy('bearer', [['authorization', `Bearer ${options.token}`]]);
}
