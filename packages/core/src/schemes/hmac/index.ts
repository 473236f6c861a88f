export { hmac, type HmacProfiles, type HmacScheme } from './hmac.js';
export type { ProfileKey, PublicProfileKey } from './keys.js';
export type { ProfileOptions } from './profile-options.js';
export type { SigV4Options } from './profiles/aws-sigv4/options.js';
export type { WebhookProfileName } from './profiles/webhook/formats.js';
export type { WebhookOptions } from './profiles/webhook/options.js';
export type { HmacKey, HmacOptions } from './rfc9421.js';
