export { hmac, type HmacProfiles, type HmacScheme } from './hmac.js';
export type { HmacKey, HmacOptions } from './rfc9421.js';
