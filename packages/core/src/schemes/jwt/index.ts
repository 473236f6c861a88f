export type { TokenProfile } from './claims.js';
export type { JwtOptions } from './options.js';
export type { ParsedToken } from './token.js';
export { jwt, type JwtScheme } from './verify.js';
