import { fromUtf8 } from '../../base/bytes.js';
import { parseJsonObject, type JsonObject } from '../../base/strict-json.js';
import { parseToken } from '../jwt/token.js';
import { needed } from './metadata.js';
import { isOidcError, OidcError } from './oidc-error.js';
import type { PartySettings } from './options.js';
import { unavailable } from './provider.js';
import { invalidToken, proveIssuer, readAudience } from './signed-token.js';

export interface UserinfoQuery {
  readonly accessToken: string;
  /** The `sub` of the ID token: whom the claims must be about. */
  readonly subject: string;
}

// RFC 6750 §2.1; anything else would be another field, or no token.
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/** @throws OidcError; DependencyError where the issuer cannot be asked */
export async function fetchUserinfo(
  party: PartySettings,
  { accessToken, subject }: UserinfoQuery,
  signal?: AbortSignal,
): Promise<JsonObject> {
  if (typeof accessToken !== 'string' || !b64token.test(accessToken)) throw invalidToken('it is no access token');
  const { userinfoEndpoint } = await party.provider.metadata(signal);
  const url = needed(userinfoEndpoint, 'userinfo_endpoint');
  const headers = { accept: 'application/json, application/jwt', authorization: `Bearer ${accessToken}` };
  const { status, mediaType, body } = await party.provider
    .exchange(url, { headers }, signal)
    .catch((error: unknown) => {
      throw signal?.aborted === true ? error : unavailable('userinfo is not to be had', error);
    });
  if (status === 401 || status === 403) throw invalidToken('userinfo refuses it');
  if (status !== 200) throw unavailable(`userinfo answers with status ${status}`);
  const claims = mediaType === 'application/jwt' ? await readSigned(party, body, signal) : parseJsonObject(body);
  if (claims === undefined) throw new OidcError('userinfo-invalid', 'the answer of userinfo is not one JSON object');
  // OpenID Connect Core §5.3.2: whatever else it says is about somebody else.
  if (typeof subject !== 'string' || claims['sub'] !== subject)
    throw new OidcError('userinfo-subject-mismatch', 'the sub of userinfo is not that of the ID token');
  return claims;
}

/** A signed answer (OpenID Connect Core §5.3.2): `iss` is the issuer, and `aud` has this client. */
async function readSigned(party: PartySettings, body: Uint8Array, signal?: AbortSignal): Promise<JsonObject> {
  const token = parseToken((fromUtf8(body) ?? '').trim());
  const invalid = (problem: string): OidcError =>
    new OidcError('userinfo-invalid', `the signed answer of userinfo is not valid: ${problem}`);
  // Another kind of token of this issuer is no answer of userinfo.
  if (token === undefined || (token.header.typ !== undefined && token.header.typ !== 'jwt'))
    throw invalid('it is no such token');
  try {
    await proveIssuer(party, token, signal);
  } catch (error) {
    throw isOidcError(error) && ['invalid-token', 'alg-not-allowed'].includes(error.code)
      ? invalid(error.message)
      : error;
  }
  const { iss, aud } = token.claims;
  if (iss !== party.provider.issuer) throw invalid('its iss is not exactly the issuer');
  if (readAudience(aud)?.includes(party.clientId) !== true) throw invalid('its aud does not name this client');
  return token.claims;
}
