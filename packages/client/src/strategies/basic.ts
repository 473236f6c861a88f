import { Faults, formatUserPass } from '@auth/core/signing';

import { ClientError } from '../client-error.js';
import type { Strategy } from '../strategy.js';
import { createStaticStrategy } from './static-strategy.js';

/** Options of `basic()`. */
export interface BasicOptions {
  readonly username: string;
  readonly password: string;
}

/**
 * Sends user name and password with every request (RFC 7617), as UTF-8.
 * @throws ConfigurationError for wrong options; ClientError `invalid-credential-config` for what Basic cannot say: an empty name, a
 * colon in the name, control characters (§2)
 * @example basic({ username: 'alice', password })
 */
export function basic(options: BasicOptions): Strategy {
  const faults = new Faults();
  faults.addUnknown(options, ['username', 'password']);
  for (const name of ['username', 'password'] as const)
    if (typeof options[name] !== 'string') faults.add(name, 'invalid-option', 'must be text');
  faults.throwIfAny();
  const value = formatUserPass(options.username, options.password);
  if (value === undefined)
    throw new ClientError(
      'invalid-credential-config',
      'username, password: must hold no control characters, and the name no colon; it must not be empty (RFC 7617 §2)',
    );
  return createStaticStrategy('basic', [['authorization', value]]);
}
