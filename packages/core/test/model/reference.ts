import type { Ask, Requirement } from '../../src/index.js';
import type { Challenge, Person, Principals, Refusal, Situation, Verdict } from './verdict.js';

/*
 * The decision of the guard once more, from the words of ARCHITECTURE.md alone: slow, without memory, without shortcuts, and of
 * one piece, so that it can be read against those words. It shares no code with the guard; `hold.ts` holds the two together.
 */

interface Held {
  readonly holds: true;
  readonly principal: Person | null;
  readonly principals: Principals;
}

/** By scheme. */
type People = ReadonlyMap<string, Person>;
type Failures = ReadonlyMap<string, Refusal>;
type AllOf = Extract<Requirement, { readonly allOf: unknown }>;
type Unfit = { readonly scheme: string; readonly why: Refusal };
type Outcome = Held | { readonly holds: false; readonly why: Refusal; readonly scheme: string | null };

const nobody: Held = { holds: true, principal: null, principals: [] };
const unexpected: Refusal = { code: 'internal-error', reason: 'unexpected' };
const mismatch: Refusal = { code: 'subject-mismatch', reason: 'subject-mismatch' };
const noCredentials: Refusal = { code: 'missing-credentials', reason: 'no-credentials' };

export function decide(requirement: Requirement, situation: Situation): Verdict {
  const { found, wrong, lastWord, hideForbidden } = situation;
  const schemes = schemesOf(requirement);
  const refuse = (why: Refusal, failed: Failures = new Map()): Verdict =>
    toRefusal(why, schemes, failed, hideForbidden);
  // The application has the last word; what it says concerns the scheme of the principal.
  const letIn = (reason: string, { principal, principals }: Held, proved: readonly Person[]): Verdict => {
    const last = lastWord(principal);
    if (last === undefined) return { kind: 'allow', reason, principal, principals, proved };
    return refuse(last, new Map(principal === null ? [] : [[principal.scheme, last]]));
  };

  if (requirement.public === true) return letIn('public', nobody, []);
  // Before any credential: who called, whether in clear, and which host. No scheme has a part in it, nothing is to be hidden.
  if (wrong !== undefined) return toRefusal(wrong, [], new Map(), false);

  // 1. Format of everything, in the order of the requirement; then what stands in a field and is nobody's.
  const unfit = findMalformed(schemes, found) ?? findForeign(schemes, found);
  if (unfit !== undefined) return refuse(unfit.why, new Map([[unfit.scheme, unfit.why]]));

  // 2. Proof and possession of everything that was sent. One bad credential refuses, however many good ones there are.
  const { proved, failed } = proveAll(schemes, found);
  if (failed.size > 0) {
    const all = [...failed.values()];
    const first = all.find(({ code }) => statusOf(code) < 500) ?? all[0]!;
    return refuse(all.length === 1 ? first : { code: first.code, reason: 'several' }, failed);
  }

  // 3. One subject, except across the branches of an allOf with `sameSubject: false`.
  const everybody = [...proved.values()];
  const areOne = (counts: (allOf: Requirement) => boolean): boolean =>
    everybody.every((one) =>
      everybody.every((other) => sameSubject(one, other, situation) || mayDiffer(requirement, one, other, counts)),
    );
  if (!areOne(() => true)) return refuse(mismatch);

  // 4. The tree. What lets subjects differ does so for itself alone: where it does not hold, it is as if it were not there.
  const outcome = evaluate(requirement, proved, situation);
  if (!outcome.holds)
    return refuse(outcome.why, new Map(outcome.scheme === null ? [] : [[outcome.scheme, outcome.why]]));
  if (!areOne((branch) => evaluate(branch, proved, situation).holds)) return refuse(mismatch);
  return letIn(outcome.principal === null ? 'anonymous' : 'ok', outcome, everybody);
}

/** One event for each refusal; for a pass only where it proves somebody whom no pass of the same request has proved. */
export function eventsOf(verdict: Verdict, before: readonly Verdict[]): number {
  if (verdict.kind === 'refuse') return 1;
  const passes = before.filter((earlier) => earlier.kind === 'allow');
  const known = new Set(passes.flatMap((pass) => pass.proved.map(({ scheme }) => scheme)));
  return passes.length === 0 || verdict.proved.some(({ scheme }) => !known.has(scheme)) ? 1 : 0;
}

/** What a scheme throws is refused before all else: then not everything could be looked at. */
function findMalformed(schemes: readonly string[], found: Situation['found']): Unfit | undefined {
  const thrown = schemes.find((scheme) => found[scheme]!.kind === 'thrown');
  if (thrown !== undefined) return { scheme: thrown, why: unexpected };
  for (const scheme of schemes) {
    const sent = found[scheme]!;
    if (sent.kind === 'malformed') return { scheme, why: sent.why };
  }
  return undefined;
}

/** Foreign to one scheme is what another takes from the same field; foreign to all is refused. */
function findForeign(schemes: readonly string[], found: Situation['found']): Unfit | undefined {
  const fields = schemes.map((scheme) => found[scheme]!).filter((sent) => sent.kind === 'credentials');
  for (const scheme of schemes) {
    const sent = found[scheme]!;
    if (sent.kind === 'foreign' && !fields.some(({ field }) => field === sent.field)) return { scheme, why: sent.why };
  }
  return undefined;
}

function proveAll(schemes: readonly string[], found: Situation['found']): { proved: People; failed: Failures } {
  const failed = new Map<string, Refusal>();
  const proved = new Map<string, Person>();
  for (const scheme of schemes) {
    const sent = found[scheme]!;
    if (sent.kind !== 'credentials') continue;
    const proof = sent.prove();
    if ('reason' in proof) failed.set(scheme, proof);
    else if (proof.unconfirmed !== undefined) failed.set(scheme, proof.unconfirmed);
    else proved.set(scheme, proof);
  }
  return { proved, failed };
}

function toRefusal({ code, reason }: Refusal, schemes: readonly string[], failed: Failures, hide: boolean): Verdict {
  const status = statusOf(code);
  if (status === 403 && hide) return { kind: 'refuse', reason, code: 'not-found', status: 404, challenges: [] };
  // No error where nothing usable was sent (RFC 6750 §3.1).
  const challenge = (scheme: string): Challenge => {
    const why = failed.get(scheme);
    return [scheme, why === undefined || why.code === 'missing-credentials' ? null : why.reason];
  };
  const named = status === 400 || status === 401 ? schemes : code === 'insufficient-scope' ? [...failed.keys()] : [];
  return { kind: 'refuse', reason, code, status, challenges: named.map(challenge) };
}

function evaluate(requirement: Requirement, proved: People, situation: Situation): Outcome {
  const within = (branch: Requirement): Outcome => evaluate(branch, proved, situation);
  if (requirement.scheme !== undefined) {
    const person = proved.get(requirement.scheme);
    if (person === undefined) return { holds: false, why: noCredentials, scheme: null };
    const why = permissionFailure(requirement, person, situation);
    return why === undefined
      ? { holds: true, principal: person, principals: [person] }
      : { holds: false, why, scheme: requirement.scheme };
  }
  if (requirement.optional !== undefined)
    return schemesOf(requirement).some((scheme) => proved.has(scheme)) ? within(requirement.optional) : nobody;
  if (requirement.anyOf !== undefined) return evaluateAny(requirement.anyOf.map(within));
  if (requirement.allOf !== undefined) return evaluateAll(requirement, within, situation);
  return nobody;
}

/** One branch is enough. Where none holds, the failure of somebody who was proved goes before "no credentials". */
function evaluateAny(branches: readonly Outcome[]): Outcome {
  const held = branches.filter((branch) => branch.holds);
  if (held.length === 0)
    return branches.find((branch) => !branch.holds && branch.why !== noCredentials) ?? branches[0]!;
  const principal = held.find((branch) => branch.principal !== null)?.principal ?? null;
  return { holds: true, principal, principals: held.flatMap(peopleOf) };
}

/** All have to hold, for one subject unless it says otherwise. A missing credential goes before a missing permission. */
function evaluateAll(
  { allOf, sameSubject: same }: AllOf,
  within: (branch: Requirement) => Outcome,
  situation: Situation,
): Outcome {
  const branches = Object.entries(allOf as Readonly<Record<string, Requirement>>);
  const outcomes = branches.map(([, branch]) => within(branch));
  const failures = outcomes.filter((outcome) => !outcome.holds);
  if (failures.length > 0) return failures.find(({ why }) => why === noCredentials) ?? failures[0]!;
  const held = outcomes.filter((outcome) => outcome.holds);
  const people = held.flatMap(peopleOf).filter((person) => person !== null);
  const stranger = people.find((one) => people.some((other) => !sameSubject(one, other, situation)));
  if (same !== false && stranger !== undefined) return { holds: false, why: mismatch, scheme: stranger.scheme };
  const principals = held.map(({ principal }) => principal);
  const named = Object.fromEntries(branches.map(([name], index) => [name, principals[index]!]));
  return { holds: true, principal: principals[0]!, principals: Array.isArray(allOf) ? principals : named };
}

function permissionFailure(ask: Ask, person: Person, { policy, now }: Situation): Refusal | undefined {
  const { scopes = [], roles = [], permissions = [], acr = [], maxAgeSeconds } = ask;
  const inherited = (role: string): readonly string[] => [role, ...(policy[role]?.inherits ?? []).flatMap(inherited)];
  const held = person.roles.flatMap(inherited);
  const permitted = new Set([...person.permissions, ...held.flatMap((role) => policy[role]?.permissions ?? [])]);
  // Who is not authenticated well enough is told so before what they may.
  if (acr.length > 0 && !acr.some((context) => context === person.acr))
    return { code: 'step-up-required', reason: 'acr-insufficient' };
  if (maxAgeSeconds !== undefined && !(now - (person.authenticatedAt ?? -Infinity) <= maxAgeSeconds))
    return { code: 'step-up-required', reason: 'authentication-too-old' };
  if (!scopes.every((scope) => person.scopes.includes(scope)))
    return { code: 'insufficient-scope', reason: 'insufficient-scope' };
  if (roles.length > 0 && !roles.some((role) => held.includes(role)))
    return { code: 'permission-denied', reason: 'role-missing' };
  if (!permissions.every((permission) => permitted.has(permission)))
    return { code: 'permission-denied', reason: 'permission-missing' };
  return undefined;
}

/** Issuer and subject agree; where one is our own and the other of a scheme with a single issuer, the subject alone decides. */
function sameSubject(one: Person, other: Person, { ofOneIssuer }: Situation): boolean {
  const comparable =
    one.issuer === other.issuer ||
    (one.issuer === null && ofOneIssuer.has(other.scheme)) ||
    (other.issuer === null && ofOneIssuer.has(one.scheme));
  return comparable && one.subject === other.subject;
}

/** Whether the two stand in different branches of an allOf with `sameSubject: false`, of those that count. */
function mayDiffer(
  requirement: Requirement,
  one: Person,
  other: Person,
  counts: (allOf: Requirement) => boolean,
): boolean {
  if (!counts(requirement)) return false;
  const branches = branchesOf(requirement);
  const placesOf = ({ scheme }: Person): readonly number[] =>
    [...branches.keys()].filter((index) => schemesOf(branches[index]!).includes(scheme));
  const across = placesOf(one).some((place) => placesOf(other).some((next) => place !== next));
  if (requirement.allOf !== undefined && requirement.sameSubject === false && across) return true;
  return branches.some((branch) => mayDiffer(branch, one, other, counts));
}

const peopleOf = ({ principals }: Held): readonly (Person | null)[] => Object.values<Person | null>(principals);

const branchesOf = ({ anyOf, allOf, optional }: Requirement): readonly Requirement[] =>
  optional !== undefined ? [optional] : Object.values((anyOf ?? allOf ?? []) as Readonly<Record<string, Requirement>>);

/** Every scheme that is named anywhere, in the order of the requirement. */
function schemesOf(requirement: Requirement): readonly string[] {
  const own = requirement.scheme === undefined ? [] : [requirement.scheme];
  return [...new Set([...own, ...branchesOf(requirement).flatMap(schemesOf)])];
}

/** The table of codes (catalogue, "Codes"). */
function statusOf(code: string): number {
  if (['malformed-request', 'duplicate-credentials'].includes(code)) return 400;
  if (['tls-required', 'insufficient-scope', 'permission-denied', 'subject-mismatch'].includes(code)) return 403;
  if (code === 'dependency-unavailable') return 503;
  if (code === 'internal-error') return 500;
  if (['missing-credentials', 'invalid-credentials', 'invalid-token', 'step-up-required'].includes(code)) return 401;
  throw new Error(`the reference knows no status for ${code}`);
}
