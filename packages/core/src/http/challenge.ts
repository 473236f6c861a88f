import type { Failure } from '../contracts/failure.js';
import { failureRows } from '../errors/failures.js';

/** A parameter of a challenge: text is quoted, a number stands bare. */
export type ChallengeParameter = readonly [name: string, value: string | number | undefined];

/**
 * Formats one challenge (RFC 9110 §11.6.1): `Bearer realm="api", error="invalid_token"`.
 * Quotes and backslashes are escaped (§5.6.4); what no field value may hold was refused when it was configured.
 */
export function formatChallenge(authScheme: string, parameters: readonly ChallengeParameter[]): string {
  const written = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${typeof value === 'number' ? value : quote(value)}`],
  );
  return written.length === 0 ? authScheme : `${authScheme} ${written.join(', ')}`;
}

/** The parameters of RFC 6750 §3 and RFC 9470 §3 that a failure brings: none where no credentials came. */
export function errorParameters(failure: Failure | undefined): readonly ChallengeParameter[] {
  if (failure === undefined) return [];
  const { oauthError, title } = failureRows[failure.code];
  if (oauthError === null) return [];
  return [
    ['error', oauthError],
    ['error_description', title],
    ['scope', failure.required?.scopes?.join(' ')],
    ['acr_values', failure.required?.acr?.join(' ')],
    ['max_age', failure.required?.maxAgeSeconds],
  ];
}

/** Whether text may stand in a quoted string of a header field: visible ASCII, space and tab (RFC 9110 §5.6.4). */
export function isQuotable(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text);
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
