import { after } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Confirmer, Context } from '../contracts/scheme.js';
import { failure, type Reason } from '../errors/failures.js';

/** Possession was shown for every member of `cnf`, or there is none. */
export interface Confirmed {
  readonly kind: 'confirmed';
  readonly headers: HeaderList;
}

const confirmed: Confirmed = Object.freeze({ kind: 'confirmed', headers: Object.freeze([]) });

// What a known member is refused with where nothing can confirm it. A bound credential is never worth more than its key.
const unproven: ReadonlyMap<string, Reason> = new Map([
  ['jkt', 'bound-token-as-bearer'],
  ['x5t#S256', 'bound-token-without-certificate'],
]);

/** The kinds of binding that can be confirmed: one entry a member of `cnf`. */
export const confirmers: readonly Confirmer[] = Object.freeze([]);

/**
 * Confirms that a bound credential came with its key (RFC 7800, RFC 9449 §7, RFC 8705 §3).
 * Checks: every member of `confirmation` has a confirmer, and each confirms. A member that nobody handles is refused.
 */
export function confirm(
  principal: Principal,
  available: readonly Confirmer[],
  request: AuthRequest,
  context: Context,
): Awaitable<Confirmed | Failure> {
  if (principal.confirmation === undefined) return confirmed;
  const members = Object.entries(principal.confirmation);
  const unhandled = members.find(([member]) => !available.some((confirmer) => confirmer.member === member));
  if (unhandled !== undefined) {
    const unknown = members.some(([member]) => !unproven.has(member));
    return failure(unknown ? 'confirmation-unsupported' : unproven.get(unhandled[0])!);
  }
  return members.reduce<Awaitable<Confirmed | Failure>>((before, [member, value]) => {
    const confirmer = available.find((candidate) => candidate.member === member)!;
    return after(before, (soFar) =>
      soFar.kind === 'failure'
        ? soFar
        : after(confirmer.confirm(value, principal, request, context), (result) =>
            result.kind === 'failure'
              ? result
              : { kind: 'confirmed', headers: [...soFar.headers, ...(result.headers ?? [])] },
          ),
    );
  }, confirmed);
}
