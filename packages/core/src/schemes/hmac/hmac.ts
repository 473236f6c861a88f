import type { NoClaims } from '../../contracts/principal.js';
import type { Scheme } from '../../contracts/scheme.js';
import { configurationError } from '../../errors/configuration-error.js';
import type { HmacProfile } from './profile.js';
import { createRfc9421Profile, type HmacOptions } from './rfc9421.js';

/** What `hmac()` answers. */
export type HmacScheme = Scheme<'hmac', NoClaims, unknown>;

/** Options of each profile, by its name. */
export interface HmacProfiles {
  readonly rfc9421: HmacOptions;
}

/** Each checks its own options, and throws a ConfigurationError with every fault. */
const profiles: { readonly [Name in keyof HmacProfiles]: (options: HmacProfiles[Name]) => HmacProfile } = {
  rfc9421: createRfc9421Profile,
};

/**
 * Makes a scheme that takes requests signed with a shared secret; `profile` says in which form. Without one it is RFC 9421 with
 * `hmac-sha256` over `@method`, `@target-uri` and, with a body, `content-digest`, with `created`, `keyid` and `nonce`.
 *
 * Checks: all that `httpSignature()` checks; the nonce must be there, and new.
 * @throws ConfigurationError with every fault of the options; none shows a secret.
 * @example hmac({ keys: [{ keyid: 'orders-job', secretBase64: process.env.SECRET, subject: 'orders-job' }] })
 */
export function hmac(options: HmacProfiles[keyof HmacProfiles]): HmacScheme {
  const { profile = 'rfc9421' } = options;
  if (!Object.hasOwn(profiles, profile))
    throw configurationError('profile', 'invalid-option', `must be one of ${Object.keys(profiles).join(', ')}`);
  const create = profiles[profile] as (options: object) => HmacProfile;
  return Object.freeze({ type: 'hmac', ...create(options) });
}
