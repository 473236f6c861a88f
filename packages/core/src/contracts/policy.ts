import type { Awaitable } from './awaitable.js';
import type { Principal } from './principal.js';

/** What an action is done to. What is not known is left out; it never equals anything. */
export interface Resource {
  /** `order`. */
  readonly type?: string;
  readonly id?: string;
  /** Whose it is: a subject of ours, or of an issuer. */
  readonly owner?: ResourceOwner | null;
  /** Set where it belongs to a tenant; null where it does and nobody knows to which: then nobody may. */
  readonly tenant?: string | null;
  /** What else is known of it. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A subject is a name inside its issuer. Text names one of our own, or of a scheme whose principals come from one issuer. */
export type ResourceOwner = string | { readonly issuer: string | null; readonly subject: string };

/** What is known of the moment. */
export interface PolicyContext {
  /** Seconds since the epoch; left out: that of the policy's clock. */
  readonly now?: number;
  /** Of the caller, behind the proxies that are trusted. */
  readonly address?: string | null;
  /** What else is known of it. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** May this principal do this to that, now? The four words of AuthZEN 1.0 and Cedar; `principal` is their subject. */
export interface PolicyQuery {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: Resource;
  readonly context: PolicyContext;
}

/** The answer of a policy. Only a literal `true` allows. */
export interface Verdict {
  readonly allow: boolean;
  /** Stable, kebab-case, for events: `ok`, `permission-missing`, `no-rule`, `explicit-deny`. Left out: `ok`, or `policy-denied`. */
  readonly reason?: string;
  /** What decided: ids or places of rules. */
  readonly rules: readonly string[];
  /** The roles of the principal by which those rules spoke. */
  readonly roles?: readonly string[];
  /** What must be done as well. Nothing here knows any: an obligation refuses. */
  readonly obligations?: readonly { readonly id: string }[];
  /** Roles of the principal that the policy does not know. */
  readonly unknownRoles?: readonly string[];
  /** What a policy in the shadow would have said otherwise. It never decides. */
  readonly shadow?: Verdict;
}

/** Whatever decides about permissions: `createPolicy()`, or an engine of somebody else. */
export interface PolicyEngine {
  /** What it throws refuses the request: 503 for a `DependencyError`, else 500. */
  decide(query: PolicyQuery): Awaitable<Verdict>;
  /** Whether the principal has one of the roles, by inheritance too. Left out: those that it brings. */
  decideRoles?(query: Omit<PolicyQuery, 'action' | 'resource'> & { readonly roles: readonly string[] }): Verdict;
  /** False for a permission that it cannot know: a mistake in a requirement. Left out: all are taken. */
  knows?(permission: string): boolean;
  /** Called once by each `createAuth`; answers how to part again. */
  attach?(host: PolicyHost): () => void;
}

/** What a policy gets to know of a guard, and whom it tells. */
export interface PolicyHost {
  /** Issuers of the schemes whose principals come from one: their subjects are known by the subject alone. */
  readonly issuers: ReadonlySet<string>;
  /** Writes an event. */
  record(note: PolicyNote): void;
  onError(error: unknown): void;
}

/** What a policy has to say of itself, for an event. */
export interface PolicyNote {
  /** `alert`: something that somebody should look into. */
  readonly outcome: 'refuse' | 'allow' | 'alert';
  /** `policy-rejected`, `policy-replaced`, or that of the verdict. */
  readonly reason: string;
  readonly query?: PolicyQuery;
  readonly verdict?: Verdict;
  /** What was wrong with a policy that was not taken. */
  readonly faults?: readonly { readonly path: string; readonly reason: string }[];
}
