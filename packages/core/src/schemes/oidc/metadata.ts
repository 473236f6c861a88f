import type { JsonObject } from '../../base/strict-json.js';
import { findUrlFault } from '../../http/document-fetcher.js';
import { OidcError } from './oidc-error.js';

/** What is read of an issuer's metadata (OpenID Connect Discovery 1.0 §3). */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly jwksUri: URL;
  readonly authorizationEndpoint: URL | undefined;
  readonly tokenEndpoint: URL | undefined;
  readonly userinfoEndpoint: URL | undefined;
  /** OpenID Connect RP-Initiated Logout 1.0 §2.1. */
  readonly endSessionEndpoint: URL | undefined;
  /** Whether every answer to a login names the issuer (RFC 9207 §3). */
  readonly namesIssuer: boolean;
  /** Undefined where the metadata do not say. */
  readonly codeChallengeMethods: readonly unknown[] | undefined;
}

/**
 * Checks metadata of an issuer.
 * Checks: `issuer` is exactly the one asked for (OpenID Connect Discovery §4.3); `jwks_uri` is there; every endpoint is an https
 * URL without user info and fragment.
 * @throws OidcError `issuer-metadata-mismatch`, `issuer-metadata-invalid`
 */
export function readMetadata(document: JsonObject, issuer: string, allowInsecureHttp: boolean): ProviderMetadata {
  if (document['issuer'] !== issuer)
    throw new OidcError('issuer-metadata-mismatch', `the metadata found for ${issuer} are those of another issuer`);
  const endpoint = (name: string): URL | undefined => {
    const value = document[name];
    if (value === undefined) return undefined;
    if (findUrlFault(value, allowInsecureHttp) === undefined) {
      const url = new URL(value as string);
      if (url.protocol === 'https:' || mayBeInClear(url, issuer)) return url;
    }
    throw new OidcError(
      'issuer-metadata-invalid',
      `${name} in the metadata of ${issuer} is no https URL that may be used`,
    );
  };
  const jwksUri = endpoint('jwks_uri');
  if (jwksUri === undefined)
    throw new OidcError('issuer-metadata-invalid', `the metadata of ${issuer} have no jwks_uri`);
  const methods = document['code_challenge_methods_supported'];
  return {
    issuer,
    jwksUri,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    userinfoEndpoint: endpoint('userinfo_endpoint'),
    endSessionEndpoint: endpoint('end_session_endpoint'),
    namesIssuer: document['authorization_response_iss_parameter_supported'] === true,
    codeChallengeMethods: Array.isArray(methods) ? methods : undefined,
  };
}

// As `URL` writes them; other spellings of loopback it has resolved.
const loopbackHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Decision: even where http is allowed for tests, codes and secrets leave in clear only to where the issuer is, or not at all. */
const mayBeInClear = ({ hostname }: URL, issuer: string): boolean =>
  hostname === new URL(issuer).hostname || loopbackHost.test(hostname);

/** @throws OidcError `issuer-metadata-invalid` where the issuer has no such endpoint */
export function needed(endpoint: URL | undefined, name: string): URL {
  if (endpoint === undefined)
    throw new OidcError('issuer-metadata-invalid', `the metadata of the issuer have no ${name}`);
  return endpoint;
}
