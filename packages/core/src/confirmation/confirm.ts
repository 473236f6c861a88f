import { after, all } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure } from '../contracts/failure.js';
import type { Principal } from '../contracts/principal.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Confirmed, Confirmer, Context, Scheme } from '../contracts/scheme.js';
import { failure, type Reason } from '../errors/failures.js';

/** What a scheme states of bindings, and how it confirms them. */
export type Confirming = Pick<Scheme, 'confirmation' | 'confirmers'>;

interface Refusals {
  /** Where nothing can confirm it: a bound credential is never worth more than its key. */
  readonly unproven: Reason;
  /** Where the scheme takes none without it. */
  readonly required: Reason;
}

const known: ReadonlyMap<string, Refusals> = new Map([
  ['jkt', { unproven: 'bound-token-as-bearer', required: 'dpop-required' }],
  ['x5t#S256', { unproven: 'bound-token-without-certificate', required: 'token-not-bound' }],
]);
const confirmed: Confirmed = Object.freeze({ kind: 'confirmed' });
const unbound: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Confirms that a bound credential came with its key (RFC 7800, RFC 9449 §7, RFC 8705 §3).
 * Checks: every member of `cnf` is one that the scheme takes and has a confirmer for; each confirms; what the scheme requires is
 * there. Of several members all must be proved: one key says nothing of the other.
 */
export function confirm(
  principal: Principal,
  scheme: Confirming,
  request: AuthRequest,
  context: Context,
): Awaitable<Confirmed | Failure> {
  const { confirmation: bound = unbound } = principal;
  const { confirmation: modes = {}, confirmers = [] } = scheme;
  const usable = confirmers.filter(({ member }) => modeOf(modes, member) !== 'off');
  const refused = findUnhandled(Object.keys(bound), usable);
  if (refused !== undefined) return refused;
  if (usable.length === 0) return findMissing(modes, bound) ?? confirmed;
  const results = usable.map((confirmer) =>
    confirmer.confirm(valueOf(bound, confirmer.member), principal, request, context),
  );
  return after(
    all(results),
    (outcomes) => judge(outcomes, usable, bound) ?? findMissing(modes, bound) ?? join(outcomes),
  );
}

type Modes = NonNullable<Confirming['confirmation']>;
const modeOf = (modes: Modes, member: string): string => (Object.hasOwn(modes, member) ? modes[member]! : 'off');
const valueOf = (bound: Readonly<Record<string, unknown>>, member: string): unknown =>
  Object.hasOwn(bound, member) ? bound[member] : undefined;

/** A member that nobody confirms. One that is not even known outweighs the others: nobody knows what it asks for. */
function findUnhandled(members: readonly string[], usable: readonly Confirmer[]): Failure | undefined {
  const handled = (member: string): boolean => usable.some((confirmer) => confirmer.member === member);
  const unhandled = members.filter((member) => !handled(member));
  const [first] = unhandled;
  if (first === undefined) return undefined;
  if (!unhandled.every((member) => known.has(member))) return failure('confirmation-unsupported');
  return failure(unhandled.length < members.length ? 'confirmation-incomplete' : known.get(first)!.unproven);
}

function findMissing(modes: Modes, bound: Readonly<Record<string, unknown>>): Failure | undefined {
  const missing = Object.keys(modes).find((member) => modes[member] === 'require' && !Object.hasOwn(bound, member));
  return missing === undefined ? undefined : failure(known.get(missing)?.required ?? 'token-not-bound');
}

/** The first failure; a token that one of its keys proved and another did not is incomplete. */
function judge(
  outcomes: readonly (Confirmed | Failure)[],
  usable: readonly Confirmer[],
  bound: Readonly<Record<string, unknown>>,
): Failure | undefined {
  const failed = outcomes.find((outcome) => outcome.kind === 'failure');
  if (failed === undefined) return undefined;
  const proved = outcomes.some(
    ({ kind }, index) => kind === 'confirmed' && Object.hasOwn(bound, usable[index]!.member),
  );
  // What the caller can mend, and an outage, keep their names.
  return proved && failed.code === 'invalid-token' ? failure('confirmation-incomplete') : failed;
}

function join(outcomes: readonly (Confirmed | Failure)[]): Confirmed {
  const told = outcomes.filter(
    (outcome): outcome is Confirmed =>
      outcome.kind === 'confirmed' && (outcome.headers ?? outcome.annotations) !== undefined,
  );
  if (told.length === 0) return confirmed;
  return {
    kind: 'confirmed',
    headers: told.flatMap(({ headers = [] }) => headers),
    annotations: Object.assign({}, ...told.map(({ annotations }) => annotations)),
  };
}
