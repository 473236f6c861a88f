import { hasBrand } from '../../errors/brand.js';

/** What a helper of OpenID Connect refuses with; stable. An outage is a `DependencyError` instead: nobody is to blame. */
export type OidcErrorCode =
  | 'acr-insufficient'
  | 'alg-not-allowed'
  | 'authentication-too-old'
  | 'bad-type'
  | 'id-token-at-hash'
  | 'id-token-audience'
  | 'id-token-azp'
  | 'id-token-c-hash'
  | 'id-token-nonce'
  | 'id-token-subject-changed'
  | 'invalid-token'
  | 'issuer-metadata-invalid'
  | 'issuer-metadata-mismatch'
  | 'issuer-mismatch'
  | 'login-denied'
  | 'login-state-expired'
  | 'login-state-mismatch'
  | 'login-state-used'
  | 'logout-token-invalid'
  | 'logout-token-replayed'
  | 'malformed-request'
  | 'return-to-not-allowed'
  | 'userinfo-invalid'
  | 'userinfo-subject-mismatch';

const brand: unique symbol = Symbol.for('@auth/core/oidc-error');

/** A helper of OpenID Connect refuses. The message is for the operator, and holds no token, code or claim. */
export class OidcError extends Error {
  readonly code: OidcErrorCode;
  readonly [brand] = true;

  constructor(code: OidcErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OidcError';
    this.code = code;
  }
}

export function isOidcError(value: unknown): value is OidcError {
  return hasBrand(value, brand);
}
