import { crypto } from '#crypto';

import { after } from '../base/awaitable.js';
import { systemClock } from '../base/clock.js';
import { toUtf8 } from '../base/bytes.js';
import { encodeBase64url } from '../base/base64.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock } from '../contracts/clock.js';
import type { RevocableToken } from '../contracts/scheme.js';
import type { RevocationStore } from '../contracts/stores.js';
import { askStore } from './ask-store.js';

/** What of a token can be revoked: itself, or all that share something. */
export type RevocationKind = 'token' | 'session' | 'subject' | 'client';

/** The name under which a revocation is kept: tells nothing of whom it is about. As JSON, so that no two are written alike. */
export function revocationKey(issuer: string | null, kind: RevocationKind, value: string): string {
  return encodeBase64url(crypto.sha256(toUtf8(JSON.stringify([issuer, kind, value]))));
}

/** Which tokens of an issuer are worth nothing any more. */
export interface Revocation {
  /** `iss`. */
  readonly issuer: string | null;
  readonly kind: RevocationKind;
  /** `jti`, `sid`, `sub` or `client_id`. */
  readonly value: string;
  /** Seconds since the epoch: those alone that were issued before. Default: all. */
  readonly issuedBefore?: number;
  /** How long tokens of this issuer are good, in seconds; default 3600. */
  readonly lifetimeSeconds?: number;
}

// What a verifier tolerates, at most.
const toleranceSeconds = 300;

/**
 * Revokes tokens, one or all that share something, for every scheme with `revocation: 'check'` that asks the same store.
 * @throws DependencyError where the store is down or full
 * @example await revokeTokens(revocation, { issuer, kind: 'subject', value: 'alice', issuedBefore: Date.now() / 1000 });
 */
export async function revokeTokens(
  store: RevocationStore,
  { issuer, kind, value, issuedBefore = Number.MAX_SAFE_INTEGER, lifetimeSeconds = 3600 }: Revocation,
  { clock = systemClock, signal }: { readonly clock?: Clock; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const now = clock.now();
  const last = issuedBefore === Number.MAX_SAFE_INTEGER ? now : Math.max(now, issuedBefore);
  const entry = {
    key: revocationKey(issuer, kind, value),
    issuedBefore,
    now,
    until: last + lifetimeSeconds + toleranceSeconds,
  };
  await askStore(() => store.revoke(entry, signal), signal, 'revocation-store-unavailable');
}

/** Whether a store holds a revocation for a token. */
export function findRevocation(
  store: RevocationStore,
  { issuer, tokenId, session, subject, clientId, issuedAt }: RevocableToken,
  { now, signal }: { readonly now: number; readonly signal?: AbortSignal | undefined },
): Awaitable<boolean> {
  const parts: readonly (readonly [RevocationKind, unknown])[] = [
    ['token', tokenId],
    ['session', session],
    ['subject', subject],
    ['client', clientId],
  ];
  const keys = parts.flatMap(([kind, value]) =>
    typeof value === 'string' ? [revocationKey(issuer, kind, value)] : [],
  );
  return after(store.find(keys, now, signal), (issuedBefore) => {
    if (issuedBefore === undefined) return false;
    return typeof issuedAt !== 'number' || issuedAt < issuedBefore;
  });
}
