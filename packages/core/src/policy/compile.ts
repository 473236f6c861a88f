import { compileCondition, type Condition, type Functions } from './condition.js';
import type { GrantData, PolicyData, RoleData, RuleData } from './data.js';
import { secondsOf } from './instant.js';
import { PatternIndex } from './pattern.js';
import { keyOfSubject } from './subject.js';

/** One thing that a policy says, whether it stands as a rule, with a role, or as a grant. */
export interface Rule {
  /** Its id, or its place. */
  readonly name: string;
  readonly effect: 'allow' | 'deny';
  readonly permissions: readonly string[];
  /** For whoever has one of these. Unset: for everybody. */
  readonly roles: ReadonlySet<string> | undefined;
  readonly subjects: ReadonlySet<string> | undefined;
  readonly condition: Condition | undefined;
  readonly anyTenant: boolean;
  /** Seconds since the epoch: of a grant. */
  readonly notBefore: number;
  readonly expiresAt: number;
  /** How often it has decided. */
  uses: number;
}

/** Rules by whom they are for. */
export class Audience {
  readonly everybody: Rule[] = [];
  readonly byRole = new Map<string, Rule[]>();
  readonly bySubject = new Map<string, Rule[]>();

  add(rule: Rule): void {
    if (rule.subjects !== undefined) for (const key of rule.subjects) push(this.bySubject, key, rule);
    else if (rule.roles !== undefined) for (const role of rule.roles) push(this.byRole, role, rule);
    else this.everybody.push(rule);
  }
}

/** Rules of one pattern: those for a type of resources apart. */
export class Bucket {
  readonly #all = { allow: new Audience(), deny: new Audience() };
  readonly #byType = new Map<string, { readonly allow: Audience; readonly deny: Audience }>();

  add(rule: Rule, resources: readonly string[] | undefined): void {
    if (resources === undefined) this.#all[rule.effect].add(rule);
    for (const type of resources ?? []) {
      let typed = this.#byType.get(type);
      if (typed === undefined) this.#byType.set(type, (typed = { allow: new Audience(), deny: new Audience() }));
      typed[rule.effect].add(rule);
    }
  }

  of(effect: 'allow' | 'deny', type: string | undefined): readonly Audience[] {
    const typed = type === undefined ? undefined : this.#byType.get(type);
    return typed === undefined ? [this.#all[effect]] : [this.#all[effect], typed[effect]];
  }
}

/** A policy, made once so that a decision touches the rules that may concern it and no others. */
export interface CompiledPolicy {
  readonly data: PolicyData;
  readonly roles: Roles;
  readonly index: PatternIndex<Bucket>;
  readonly rules: readonly Rule[];
  /** Grants of roles, by subject. */
  readonly roleGrants: ReadonlyMap<string, readonly RoleGrant[]>;
  /** Unset where the policy does not say which there are. */
  readonly permissions: ReadonlySet<string> | undefined;
}

export interface RoleGrant {
  readonly roles: readonly string[];
  readonly notBefore: number;
  readonly expiresAt: number;
}

/** @param data checked */
export function compilePolicy(data: PolicyData, functions: Functions): CompiledPolicy {
  const index = new PatternIndex(() => new Bucket());
  const rules: Rule[] = [];
  const roleGrants = new Map<string, RoleGrant[]>();
  const add = (rule: Rule, resources?: readonly string[]): void => {
    rules.push(rule);
    for (const pattern of new Set(rule.permissions)) index.at(pattern).add(rule, resources);
  };
  for (const [role, { permissions = [] }] of Object.entries(data.roles ?? {}))
    for (const [at, permission] of permissions.entries())
      add({ ...plain, name: `roles.${role}.permissions[${at}]`, permissions: [permission], roles: new Set([role]) });
  for (const [at, rule] of (data.rules ?? []).entries()) add(compileRule(rule, at, functions), rule.resources);
  for (const [at, grant] of (data.grants ?? []).entries()) {
    const times = timesOf(grant);
    const name = grant.id ?? `grants[${at}]`;
    const subjects = new Set([keyOfSubject(grant.subject)]);
    if (grant.permissions !== undefined) add({ ...plain, ...times, name, permissions: grant.permissions, subjects });
    if (grant.roles !== undefined) push(roleGrants, keyOfSubject(grant.subject), { ...times, roles: grant.roles });
  }
  const permissions = data.permissions && new Set(data.permissions);
  return { data, roles: new Roles(data.roles ?? {}), index, rules, roleGrants, permissions };
}

const plain = {
  effect: 'allow' as 'allow' | 'deny',
  roles: undefined,
  subjects: undefined,
  condition: undefined,
  anyTenant: false,
  notBefore: -Infinity,
  expiresAt: Infinity,
  uses: 0,
};

function compileRule(rule: RuleData, at: number, functions: Functions): Rule {
  const { id, effect, permissions, roles, subjects, when, anyTenant = false } = rule;
  return {
    ...plain,
    name: id ?? `rules[${at}]`,
    effect,
    permissions,
    roles: roles && new Set(roles),
    subjects: subjects && new Set(subjects.map(keyOfSubject)),
    condition: when && compileCondition(when, functions),
    anyTenant,
  };
}

const timesOf = ({ notBefore, expiresAt }: GrantData): { readonly notBefore: number; readonly expiresAt: number } => ({
  notBefore: notBefore === undefined ? -Infinity : secondsOf(notBefore),
  expiresAt: secondsOf(expiresAt),
});

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** Roles with all that they inherit, each found on first use. Maps: a role may have the name of what every object has. */
export class Roles {
  readonly #given: ReadonlyMap<string, RoleData>;
  readonly #closures = new Map<string, readonly string[]>();

  constructor(roles: Readonly<Record<string, RoleData>>) {
    this.#given = new Map(Object.entries(roles));
  }

  has(role: string): boolean {
    return this.#given.has(role);
  }

  names(): readonly string[] {
    return [...this.#given.keys()];
  }

  /** The role itself first. Undefined where the policy does not know it. */
  closure(role: string): readonly string[] | undefined {
    const known = this.#closures.get(role);
    if (known !== undefined || !this.#given.has(role)) return known;
    const found = new Set([role]);
    for (const each of found) for (const parent of this.#given.get(each)?.inherits ?? []) found.add(parent);
    const closure = [...found];
    this.#closures.set(role, closure);
    return closure;
  }
}
