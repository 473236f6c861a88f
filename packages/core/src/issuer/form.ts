import { fromUtf8 } from '../base/bytes.js';
import type { AuthRequest } from '../contracts/request.js';
import { hasQueryParameter } from '../http/authorization.js';
import { isMediaType } from '../http/json-answer.js';
import { OAuthRefusal } from './refusal.js';

/** The parameters of a request: each once, but for `resource`; those that are empty count as left out (RFC 6749 §3.1, §3.2). */
export interface Form {
  get(name: string): string | undefined;
  /** RFC 8707 §2: there may be several. */
  readonly resources: readonly string[];
}

const secretParameters = [
  'client_secret', 'client_assertion', 'code', 'code_verifier', 'refresh_token', 'token', 'assertion', 'subject_token', 'actor_token',
]; // prettier-ignore
const repeatable: ReadonlySet<string> = new Set(['resource', 'audience']);

/**
 * Reads the body of a request to an endpoint of the issuer (RFC 6749 §3.2, Appendix B).
 * Checks: `application/x-www-form-urlencoded` in UTF-8; no parameter twice; no secret in the URI (§2.3.1).
 * @throws OAuthRefusal
 */
export async function readForm(request: AuthRequest): Promise<Form> {
  if (secretParameters.some((name) => hasQueryParameter(request.target, name)))
    throw new OAuthRefusal('invalid_request', 'credential-in-query');
  if (!isMediaType(request.headers.getAll('content-type'), 'application/x-www-form-urlencoded')) throw malformed();
  const text = fromUtf8(await request.body());
  if (text === undefined) throw malformed();
  return readParameters(text);
}

/** Reads parameters in the form of a query. @throws OAuthRefusal where one that may stand once stands twice, or none is well formed */
export function readParameters(text: string): Form {
  const values = new Map<string, string>();
  const resources: string[] = [];
  // What is no UTF-8 would come out as a replacement character.
  for (const [name, value] of new URLSearchParams(text)) {
    if (value.includes('\uFFFD') || name.includes('\uFFFD')) throw malformed();
    if (name === 'resource' && value !== '') resources.push(value);
    if (values.has(name) && !repeatable.has(name)) throw malformed();
    values.set(name, value);
  }
  return { get: (name) => values.get(name) || undefined, resources };
}

export const malformed = (): OAuthRefusal => new OAuthRefusal('invalid_request', 'malformed-request');
