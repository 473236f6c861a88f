import type { Failure } from '../../../../contracts/failure.js';
import type { AuthRequest } from '../../../../contracts/request.js';
import { failure } from '../../../../errors/failures.js';
import type { SigV4Credentials } from './credentials.js';

/**
 * Judges `SignedHeaders` (SigV4, "Create a canonical request"): lower case, in order, each once, with the host and every `X-Amz-…` field
 * that the request has.
 */
export function checkCoverage({ signedHeaders }: SigV4Credentials, { headers }: AuthRequest): Failure | undefined {
  const ordered = signedHeaders.every(
    (name, index) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && (index === 0 || signedHeaders[index - 1]! < name),
  );
  const covers = new Set(signedHeaders);
  const whole = headers.names().every((name) => !name.startsWith('x-amz-') || covers.has(name));
  return ordered && whole && covers.has('host') ? undefined : failure('coverage-insufficient');
}

/**
 * The host that the client signed: as it was written, unless a trusted proxy tells another.
 * @throws FailureError `authority-missing`
 */
export function hostOf({ headers, url }: AuthRequest): string {
  const written = headers.get('host');
  if (written === undefined) return url.host;
  const named = `${url.protocol}//${written}`;
  return URL.canParse(named) && new URL(named).host === url.host ? written : url.host;
}
