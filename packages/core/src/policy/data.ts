/** A policy: data, written by hand or read from a file. `@auth/core/policy.schema.json` is its JSON schema. */
export interface PolicyData {
  readonly roles?: Readonly<Record<string, RoleData>>;
  /** What holds beside the permissions of roles. Deny wins; their order says nothing. */
  readonly rules?: readonly RuleData[];
  /** What single subjects have for a time. */
  readonly grants?: readonly GrantData[];
  /** Every permission there is. With it a name that is misspelt anywhere is an error at start. */
  readonly permissions?: readonly string[];
  /** A second policy, asked beside this one: what it would have said otherwise stands in the events. It never decides. */
  readonly shadow?: Omit<PolicyData, 'shadow'>;
}

export interface RoleData {
  /** Roles whose permissions this one has too. */
  readonly inherits?: readonly string[];
  /** `orders:read`; `orders:*` for any one segment, `orders:**` for all that begins so. */
  readonly permissions?: readonly string[];
}

export interface RuleData {
  /** For events and reports; left out: its place, `rules[3]`. */
  readonly id?: string;
  readonly effect: 'allow' | 'deny';
  /** For whoever has one of these roles, by inheritance too. Left out: for everybody. */
  readonly roles?: readonly string[];
  /** For these subjects. Left out: for everybody. */
  readonly subjects?: readonly SubjectName[];
  readonly permissions: readonly string[];
  /** Types of resources. Left out: of any type, and of none. */
  readonly resources?: readonly string[];
  /** What must hold as well. */
  readonly when?: ConditionData;
  /** An allow that holds for resources of other tenants too. Default: of the principal's own alone. */
  readonly anyTenant?: boolean;
}

/** A subject of ours, or of an issuer. */
export type SubjectName = string | { readonly issuer: string; readonly subject: string };

export interface GrantData {
  readonly id?: string;
  readonly subject: SubjectName;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  /** RFC 3339 text; the grant is over from then on. */
  readonly expiresAt: string;
  /** RFC 3339 text. */
  readonly notBefore?: string;
}

/** All members must hold. What cannot be told (a resource without an owner) lets nobody in, and keeps nobody from being denied. */
export interface ConditionData {
  /** The principal is, or is not, the owner of the resource. */
  readonly owner?: boolean;
  /** Ranges that the caller's address is in. */
  readonly address?: readonly string[];
  /** From this time, until before that one (RFC 3339). */
  readonly from?: string;
  readonly until?: string;
  /** Hours of the day, in UTC: from 08:00 until before 18:00; over midnight where `from` is later. */
  readonly hours?: { readonly from: string; readonly until: string };
  /** Days of the week, in UTC. */
  readonly days?: readonly Day[];
  /** All of these scopes. */
  readonly scopes?: readonly string[];
  /** One of these authentication contexts (RFC 9470). */
  readonly acr?: readonly string[];
  /** All of these authentication methods (RFC 8176). */
  readonly amr?: readonly string[];
  /** Longest time since the person authenticated, in seconds. */
  readonly maxAgeSeconds?: number;
  /** By path: `principal.claims.department`, `resource.status`, `context.channel`. */
  readonly attributes?: Readonly<Record<string, ComparisonData>>;
  readonly all?: readonly ConditionData[];
  readonly any?: readonly ConditionData[];
  readonly not?: ConditionData;
  /** A function of `conditions` of `createPolicy`, by its name. */
  readonly condition?: string;
}

export type Day = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
export type Scalar = string | number | boolean;

/** One of them. An attribute that is a list has to hold the value. */
export interface ComparisonData {
  readonly equals?: Scalar | { readonly attribute: string };
  readonly in?: readonly Scalar[];
  readonly atLeast?: number;
  readonly atMost?: number;
}
