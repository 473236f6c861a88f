import { crypto } from '#crypto';

import { toHex, toUtf8 } from '../base/bytes.js';
import { randomUuid } from '../base/random.js';
import type { Device, EventPermission, PolicyEvent, SignalEvent, Unnumbered } from '../contracts/audit-event.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { PolicyNote, Verdict } from '../contracts/policy.js';
import type { AuthRequest } from '../contracts/request.js';

/** An event of what concerns no single request. */
export function signalEvent(
  reason: string,
  address: string | null,
  { clock, random, count }: { readonly clock: Clock; readonly random: RandomSource; readonly count?: number },
): Unnumbered<SignalEvent> {
  const time = new Date(clock.now() * 1000).toISOString();
  const more = count === undefined ? {} : { count };
  return { version: 1, kind: 'signal', id: randomUuid(random), time, outcome: 'alert', reason, address, ...more };
}

/** Names a subject that nobody is known to be without showing what was typed: a keyed hash, the same for one text in one process. */
export function createSubjectHash(random: RandomSource): (subject: string) => string {
  let key: string | undefined;
  return (subject) => {
    key ??= toHex(random(32));
    return `hash:${toHex(crypto.sha256(toUtf8(`${key}:${subject}`)).subarray(0, 6))}`;
  };
}

/** An event of what a policy says of itself, or answered a handler. */
export function policyEvent(
  { outcome, reason, query, verdict, faults }: PolicyNote,
  { clock, random }: { readonly clock: Clock; readonly random: RandomSource },
): Unnumbered<PolicyEvent> {
  const { type = null, id = null } = query?.resource ?? {};
  return {
    version: 1,
    kind: 'policy',
    id: randomUuid(random),
    time: new Date(clock.now() * 1000).toISOString(),
    outcome: reason === 'condition-error' ? 'error' : outcome,
    reason,
    scheme: query?.principal.scheme ?? null,
    issuer: query?.principal.issuer ?? null,
    subject: query?.principal.subject ?? null,
    resource: query === undefined ? null : { type, id },
    ...(query !== undefined && verdict !== undefined && { permissions: [permissionOf(query.action, verdict)] }),
    ...(verdict?.unknownRoles !== undefined && { unknownRoles: verdict.unknownRoles }),
    ...(faults !== undefined && { faults }),
  };
}

/** What a policy said of one permission. */
export function permissionOf(permission: string, verdict: Verdict): EventPermission {
  const { allow, obligations = [], reason, rules, roles, shadow } = verdict;
  // An engine of somebody else may answer anything.
  const given: unknown = allow;
  const holds = given === true && obligations.length === 0;
  return {
    permission,
    outcome: holds ? 'allow' : reason === 'condition-error' ? 'error' : 'refuse',
    reason: holds ? 'ok' : given === true ? 'obligation-unknown' : (reason ?? 'policy-denied'),
    rules: rules ?? [],
    ...(roles !== undefined && { roles }),
    ...(shadow !== undefined && { shadow: permissionOf(permission, shadow) }),
  };
}

const maxCodePoints = 512;

/**
 * Names a credential in events without showing it: the first 12 hex digits of a labelled SHA-256.
 * @param identifier the scheme's text that names the credential; never a low-entropy secret
 */
export function fingerprintOf(type: string, identifier: string): string {
  return toHex(crypto.sha256(toUtf8(`auth:fingerprint:${type}:${identifier}`)).subarray(0, 6));
}

/** What the caller says of itself, cut at 512 code points. */
export function deviceOf(request: AuthRequest): Device {
  const userAgent = request.headers.get('user-agent');
  return { userAgent: userAgent === undefined ? null : cut(userAgent) };
}

/** The path as received, without the query or a user name and password (RFC 9110 §4.2.4), where secrets end up. */
export function pathOf(request: AuthRequest): string {
  const query = request.target.search(/[?#]/);
  const path = query === -1 ? request.target : request.target.slice(0, query);
  return cut(path.startsWith('/') ? path : path.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1'));
}

function cut(text: string): string {
  if (text.length <= maxCodePoints) return text;
  const points = Array.from(text);
  return points.length <= maxCodePoints ? text : `${points.slice(0, maxCodePoints).join('')}…`;
}
