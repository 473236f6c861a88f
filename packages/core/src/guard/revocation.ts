import type { Awaitable } from '../contracts/awaitable.js';
import type { RevocableToken } from '../contracts/scheme.js';
import { DependencyError } from '../errors/failure-error.js';
import { askStore } from '../stores/ask-store.js';
import { findRevocation } from '../stores/revocation.js';
import type { Settings } from './settings.js';

/** Asks the revocation store, which learns hashes alone. Where there is none nobody knows, and that is no pass. */
export function isRevoked(
  { revocation, clock }: Pick<Settings, 'revocation' | 'clock'>,
  token: RevocableToken,
  signal: AbortSignal | undefined,
): Awaitable<boolean> {
  if (revocation === undefined) {
    const message = "a scheme with revocation: 'check' needs createAuth({ stores: { revocation } })";
    throw new DependencyError('revocation-store-unavailable', {}, { message });
  }
  return askStore(
    () => findRevocation(revocation, token, { now: clock.now(), signal }),
    signal,
    'revocation-store-unavailable',
  );
}
