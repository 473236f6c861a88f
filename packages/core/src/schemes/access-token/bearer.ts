import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Limits } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { hasQueryParameter, parseAuthorization } from '../../http/authorization.js';

/** A bearer token as sent (RFC 6750 §2.1): its characters are right, nothing else is known. */
export interface BearerToken {
  readonly kind: 'bearer';
  readonly token: string;
  /** Where it stood; left out: in the `Authorization` field. */
  readonly field?: 'body';
}

/**
 * What an API does with a query parameter `access_token` (RFC 6750 §2.3, RFC 9700 §4.3.2): it never takes a token from it.
 * `ignore` is for an API that has a parameter of this name of its own.
 */
export type AccessTokenParameter = 'refuse' | 'ignore';

const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;
const absent = Object.freeze({ kind: 'absent' } as const);
const inQuery = Object.freeze({ kind: 'foreign', field: 'query', failure: failure('credential-in-query') } as const);
const otherScheme = Object.freeze({
  kind: 'foreign',
  field: 'authorization',
  failure: failure('unsupported-scheme'),
} as const);

/** Reads a bearer token from the `Authorization` field, and from nowhere else. */
export function extractBearer(
  request: AuthRequest,
  limits: Limits,
  parameter: AccessTokenParameter,
): BearerToken | typeof absent | typeof inQuery | typeof otherScheme | Failure {
  const authorization = parseAuthorization(request);
  if (authorization.kind === 'failure') return authorization;
  const query = parameter === 'refuse' && hasQueryParameter(request.target, 'access_token');
  if (authorization.kind === 'absent') return query ? inQuery : absent;
  if (query) return failure('duplicate-credentials');
  if (authorization.authScheme !== 'bearer') return otherScheme;
  const token = authorization.rest;
  return checkBearerText(token, limits) ?? { kind: 'bearer', token };
}

/** What is wrong with a text that is to be a token (RFC 6750 §2.1), wherever it stood. */
export function checkBearerText(token: string, { maxCredentialBytes }: Limits): Failure | undefined {
  if (token.length > maxCredentialBytes) return failure('credential-too-large');
  return b64token.test(token) ? undefined : failure('malformed-authorization');
}
