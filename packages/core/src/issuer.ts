export type { ClientAuthenticationMethod, ClientSecret, GrantType, IssuerClient } from './issuer/clients.js';
export type { ExternalKey } from './issuer/external-keys.js';
export { createIssuer, type Issuer, type RevokeOptions } from './issuer/issuer.js';
export type { IssuerOptions, LoginRequest, SignedIn } from './issuer/options.js';
export type { IssuerSigningOptions } from './issuer/signing-options.js';
export { createMemorySigningKeys } from './stores/memory/signing-keys.js';
export { createMemoryTokens, type MemoryTokensOptions } from './stores/memory/tokens.js';
export type { SigningKeyEntry, SigningKeyStore } from './stores/signing-keys.js';
export type { TokenEntry, TokenStore } from './stores/tokens.js';
