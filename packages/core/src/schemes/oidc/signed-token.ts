import { isNumericDate } from '../../base/time.js';
import type { JsonObject } from '../../base/strict-json.js';
import { proveSignature } from '../jwt/signature.js';
import type { ParsedToken } from '../jwt/token.js';
import { OidcError } from './oidc-error.js';
import type { PartySettings } from './options.js';

/**
 * Proves that the issuer signed a token.
 * @throws OidcError `alg-not-allowed`, else `invalid-token`; DependencyError where the keys are not to be had
 */
export async function proveIssuer(party: PartySettings, token: ParsedToken, signal?: AbortSignal): Promise<void> {
  const { provider, algorithms } = party;
  // Wrong metadata are told as what they are, not as an outage of the keys.
  await provider.metadata(signal);
  const { issuer, keys } = provider;
  const failed = await proveSignature({ issuer, algorithms, keys }, token, provider.context(signal), () => undefined);
  if (failed === undefined) return;
  if (failed.reason === 'alg-not-allowed')
    throw new OidcError('alg-not-allowed', 'the alg of the token is not among the algorithms of the relying party');
  throw invalidToken(failed.reason);
}

export const invalidToken = (reason: string): OidcError =>
  new OidcError('invalid-token', `the token is not valid: ${reason}`);

/** Text that names something, within the bounds of OpenID Connect Core §2. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255;

/** The members of `aud`; undefined where it is no text and no list of texts (RFC 7519 §4.1.3). */
export function readAudience(aud: unknown): readonly string[] | undefined {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.every((one) => typeof one === 'string') ? named : undefined;
}

/** `exp` and `iat` are there, and all times fit (RFC 7519 §4.1.4 to §4.1.6). @returns why not */
export function findTimeFault(
  { exp, iat, nbf }: JsonObject,
  { clock, clockToleranceSeconds: tolerance }: PartySettings,
): string | undefined {
  const now = clock.now();
  if (!isNumericDate(exp) || !isNumericDate(iat)) return 'exp or iat is missing or no time';
  if (nbf !== undefined && !isNumericDate(nbf)) return 'nbf is no time';
  if (now >= exp + tolerance) return 'expired';
  return iat > now + tolerance || (nbf ?? 0) > now + tolerance ? 'not-yet-valid' : undefined;
}
