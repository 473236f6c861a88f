export type { BasicOptions } from './options.js';
export type { UsernameProfile } from './username.js';
export type { BasicUser } from './users.js';
export { basic, type BasicCredentials, type BasicScheme } from './verify.js';
