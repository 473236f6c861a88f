export type { TokenProfile } from './claims.js';
export type { ClaimMapOptions, ClaimName } from './claim-map.js';
export type { IssuerOptions } from './issuer-options.js';
export type {
  JwtOptions,
  JwtSchemeOptions,
  ManyIssuersOptions,
  OneIssuerOptions,
  ResolvedIssuersOptions,
} from './options.js';
export type { ResolvedIssuer, ResolveIssuer } from './issuer-resolver.js';
export type { EncryptedToken } from './encrypted-token.js';
export type { ParsedToken } from './token.js';
export { jwt, type JwtCredentials, type JwtScheme } from './verify.js';
