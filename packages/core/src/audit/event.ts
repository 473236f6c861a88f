import { crypto } from '#crypto';

import { toHex, toUtf8 } from '../base/bytes.js';
import { randomUuid } from '../base/random.js';
import type { Device, SignalEvent, Unnumbered } from '../contracts/audit-event.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
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
