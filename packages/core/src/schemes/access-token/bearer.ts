import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Limits } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { hasQueryParameter, parseAuthorization } from '../../http/authorization.js';
import type { AccessTokenSettings } from './options.js';

/** An access token as sent, by the scheme `Bearer` (RFC 6750 §2.1) or `DPoP` (RFC 9449 §7.1): its characters are right, nothing else is known. */
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

/** Reads an access token from the `Authorization` field, and from nowhere else. `DPoP` is a scheme of ours where DPoP is not off. */
export function extractBearer(
  request: AuthRequest,
  limits: Limits,
  { accessTokenParameter, dpop }: Pick<AccessTokenSettings, 'accessTokenParameter' | 'dpop'>,
): BearerToken | typeof absent | typeof inQuery | typeof otherScheme | Failure {
  const authorization = parseAuthorization(request);
  if (authorization.kind === 'failure') return authorization;
  const query = accessTokenParameter === 'refuse' && hasQueryParameter(request.target, 'access_token');
  if (authorization.kind === 'absent') return query ? inQuery : absent;
  if (query) return failure('duplicate-credentials');
  const { authScheme, rest: token } = authorization;
  if (authScheme !== 'bearer' && !(authScheme === 'dpop' && dpop !== 'off')) return otherScheme;
  return checkBearerText(token, limits) ?? { kind: 'bearer', token };
}

/** What is wrong with a text that is to be a token (RFC 6750 §2.1), wherever it stood. */
export function checkBearerText(token: string, { maxCredentialBytes }: Limits): Failure | undefined {
  if (token.length > maxCredentialBytes) return failure('credential-too-large');
  return b64token.test(token) ? undefined : failure('malformed-authorization');
}
