import { crypto } from '#crypto';

import { encodeBase64url } from '../../base/base64.js';
import { toUtf8 } from '../../base/bytes.js';
import type { JsonObject } from '../../base/strict-json.js';
import type { Assurance } from '../../contracts/principal.js';

/** Somebody who signed in. */
export interface NewSession {
  /** Who says so; null where we do ourselves. */
  readonly issuer: string | null;
  readonly subject: string;
  /** The session at the issuer (`sid`): it can end this one. */
  readonly sid?: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly assurance?: Assurance;
  /** What else is to be known of whoever signed in; a cookie holds little. */
  readonly claims?: JsonObject;
}

/** What a cookie holds, sealed. */
export interface SessionRecord extends NewSession {
  /** Random, new with every sign-in. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  /** Seconds since the epoch: of the latest request that moved the idle end. */
  readonly seenAt: number;
}

/** Whose sessions: those of one at the issuer, or of a subject. */
export type SessionsOf =
  | { readonly issuer: string | null; readonly sid: string }
  | { readonly issuer: string | null; readonly subject: string };

const hash = (parts: readonly (string | null)[]): string =>
  encodeBase64url(crypto.sha256(toUtf8(JSON.stringify(parts))));

/** By which key of the store one session ends. */
export const keyOfSession = ({ id }: SessionRecord): string => hash(['id', id]);

/** By which key all of these sessions end. */
export const keyOfSessions = (of: SessionsOf): string =>
  'sid' in of ? hash(['sid', of.issuer, of.sid]) : hash(['subject', of.issuer, of.subject]);

/** Every key by which a session may have ended. */
export function keysOf(record: SessionRecord): readonly string[] {
  const { issuer, subject, sid } = record;
  const keys = [keyOfSession(record), keyOfSessions({ issuer, subject })];
  return sid === undefined ? keys : [...keys, keyOfSessions({ issuer, sid })];
}
