import type { JsonObject } from '../../base/strict-json.js';
import { isNumericDate } from '../../base/time.js';
import type { Failure } from '../../contracts/failure.js';
import type { VerifiedPrincipal } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { hasReadableGrants } from '../jwt/claim-map.js';
import { isAbsentOr, isText, isTextList, toPrincipal } from '../jwt/claims.js';
import type { IntrospectionSettings } from './options.js';

/** What an answer is held against. */
export type AnswerRules = Pick<
  IntrospectionSettings,
  'issuer' | 'audience' | 'allowMissingAudience' | 'clockToleranceSeconds' | 'map'
> & {
  /** Whose tokens they are where neither the options nor the answer say. */
  readonly origin: string;
};

/** Whether an answer has the shape of RFC 7662 §2.2: one that has not says nothing, and is never taken for a pass. */
export function isAnswer(answer: JsonObject, { map }: Pick<AnswerRules, 'map'>): boolean {
  if (typeof answer['active'] !== 'boolean') return false;
  if (!answer['active']) return true;
  return (
    texts.every((name) => isAbsentOr(isText, answer[name])) &&
    times.every((name) => isAbsentOr(isNumericDate, answer[name])) &&
    isAbsentOr(isTextList, answer['amr']) &&
    isAbsentOr((value) => isText(value) || isTextList(value), answer['aud']) &&
    isName(answer['sub'] ?? answer['client_id']) &&
    hasReadableGrants(answer, map)
  );
}

const texts = ['sub', 'client_id', 'iss', 'jti', 'token_type', 'acr', 'sid', 'username'];
const times = ['exp', 'iat', 'nbf', 'auth_time'];
const isName = (value: unknown): boolean => isText(value) && value !== '';

/**
 * Decides whether an answer lets somebody in (RFC 7662 §2.2 and §4).
 * Checks: `active`; that it is an access token; issuer, audience and times.
 * Does not check: its shape, see `isAnswer`; `cnf`, which the guard confirms.
 * @param now seconds since the epoch
 */
export function findAnswerFailure(answer: JsonObject, rules: AnswerRules, now: number): Failure | undefined {
  if (answer['active'] !== true) return failure('inactive');
  const { exp, nbf, iat } = answer as { exp?: number; nbf?: number; iat?: number };
  const { issuer, clockToleranceSeconds: tolerance } = rules;
  if (!isAccessToken(answer)) return failure('bad-type');
  if (issuer !== undefined && answer['iss'] !== undefined && answer['iss'] !== issuer) return failure('bad-issuer');
  if (!namesUs(answer['aud'], rules)) return failure('bad-audience');
  if (exp !== undefined && now >= exp + tolerance) return failure('expired');
  if ((nbf ?? 0) > now + tolerance || (iat ?? 0) > now + tolerance) return failure('not-yet-valid');
  // Decision: a token of this type that comes without its key's thumbprint would pass as if it were not bound (RFC 9449 §6.2).
  if (isType(answer, 'dpop') && !hasThumbprint(answer['cnf'])) return failure('bound-token-as-bearer');
  return undefined;
}

const isType = ({ token_type: type }: JsonObject, name: string): boolean => isText(type) && type.toLowerCase() === name;
const hasThumbprint = (cnf: unknown): boolean =>
  typeof cnf === 'object' && cnf !== null && (cnf as JsonObject)['jkt'] !== undefined;

// What servers call tokens that are no access tokens, in members of their own.
const otherUses = new Set(['refresh', 'refresh_token', 'offline', 'id', 'id_token', 'logout']);

/** RFC 7662 §2.2, RFC 6749 §7.1: the type is case-insensitive. Decision: an allow-list, so that other kinds are refused too. */
function isAccessToken(answer: JsonObject): boolean {
  if (answer['token_type'] !== undefined && !isType(answer, 'bearer') && !isType(answer, 'dpop')) return false;
  return !['token_use', 'typ'].some((name) => otherUses.has(String(answer[name]).toLowerCase()));
}

/** Exact code points; one match is enough. */
function namesUs(value: unknown, { audience, allowMissingAudience }: AnswerRules): boolean {
  if (audience.length === 0) return true;
  if (value === undefined) return allowMissingAudience;
  return [value].flat().some((named) => audience.includes(named as string));
}

/** Makes a principal of an answer that was found good. Where it names no subject, the client acts for itself (RFC 6749 §4.4). */
export function toAnswerPrincipal<Claims extends object>(
  answer: JsonObject,
  { issuer, origin, map }: AnswerRules,
  typed: Claims,
): VerifiedPrincipal<Claims> {
  const { iss, sub, client_id: clientId } = answer;
  const whose = issuer ?? (isText(iss) ? iss : origin);
  const named: JsonObject = sub === undefined ? Object.assign(Object.create(null), answer, { sub: clientId }) : answer;
  return toPrincipal({ issuer: whose, map }, named, typed);
}
