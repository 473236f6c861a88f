import type { NoClaims } from '../../contracts/principal.js';
import type { Scheme } from '../../contracts/scheme.js';
import { configurationError } from '../../errors/configuration-error.js';
import type { HmacProfile } from './profile.js';
import type { SigV4Options } from './profiles/aws-sigv4/options.js';
import { createSigV4Profile } from './profiles/aws-sigv4/verify.js';
import type { WebhookProfileName } from './profiles/webhook/formats.js';
import type { WebhookOptions } from './profiles/webhook/options.js';
import { createWebhookProfile } from './profiles/webhook/verify.js';
import { createRfc9421Profile, type HmacOptions } from './rfc9421.js';

/** What `hmac()` answers. */
export type HmacScheme = Scheme<'hmac', NoClaims, unknown>;

/** Options of each profile, by its name. */
export interface HmacProfiles extends Readonly<Record<WebhookProfileName, WebhookOptions>> {
  readonly rfc9421: HmacOptions;
  readonly 'aws-sigv4': SigV4Options;
}

/** Each checks its own options, and throws a ConfigurationError with every fault. */
const profiles: { readonly [Name in keyof HmacProfiles]: (options: HmacProfiles[Name]) => HmacProfile } = {
  rfc9421: createRfc9421Profile,
  'aws-sigv4': createSigV4Profile,
  'standard-webhooks': createWebhookProfile,
  github: createWebhookProfile,
  stripe: createWebhookProfile,
  slack: createWebhookProfile,
};

/**
 * Makes a scheme that takes requests signed with a shared secret; `profile` says in which form. Without one it is RFC 9421 with
 * `hmac-sha256` over `@method`, `@target-uri` and, with a body, `content-digest`, with `created`, `keyid` and `nonce`.
 *
 * `aws-sigv4` is AWS Signature Version 4; `standard-webhooks`, `github`, `stripe` and `slack` are what these senders of webhooks do.
 *
 * Checks: without a profile all that `httpSignature()` checks; the nonce must be there, and new. Else form, time, coverage, the signature
 * over the bytes as they came, in constant time, and what may come once, each as the profile has it.
 * Does not check: what the profile does not sign. No sender of webhooks signs the target: give each a route of its own.
 * @throws ConfigurationError with every fault of the options; none shows a secret.
 * @example hmac({ keys: [{ keyid: 'orders-job', secretBase64: process.env.SECRET, subject: 'orders-job' }] })
 * @example hmac({ profile: 'github', keys: [{ secret, subject: 'github' }] })
 * @example hmac({ profile: 'aws-sigv4', region: 'eu-west-1', service: 'execute-api', keys: [{ keyid: 'AKID…', secret, subject: 'svc-4' }] })
 */
export function hmac(options: HmacProfiles[keyof HmacProfiles]): HmacScheme {
  const { profile = 'rfc9421' } = options;
  if (!Object.hasOwn(profiles, profile))
    throw configurationError('profile', 'invalid-option', `must be one of ${Object.keys(profiles).join(', ')}`);
  const create = profiles[profile] as (options: object) => HmacProfile;
  return Object.freeze({ type: 'hmac', ...create(options) });
}
