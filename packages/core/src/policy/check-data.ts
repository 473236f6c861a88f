import { Faults } from '../errors/faults.js';
import { checkCondition } from './check-condition.js';
import type { Functions } from './condition.js';
import type { GrantData, PolicyData, RoleData, RuleData, SubjectName } from './data.js';
import { isTime } from './instant.js';
import { isPattern, isPermission, PatternIndex } from './pattern.js';

const members = ['roles', 'rules', 'grants', 'permissions', 'shadow'];

/** @throws ConfigurationError with every fault of a policy, each with its place. */
export function checkPolicy(data: PolicyData, functions: Functions): void {
  const faults = new Faults();
  if (!isObject(data)) {
    faults.add('', 'invalid-option', 'must be an object: { roles: { reader: { permissions: ["orders:read"] } } }');
    faults.throwIfAny();
  }
  faults.addUnknown(data, members.concat('$schema'));
  const check = new PolicyCheck(data, functions, faults);
  check.roles();
  check.rules();
  check.grants();
  if (data.shadow !== undefined)
    faults.within('shadow', () => {
      checkPolicy(data.shadow!, functions);
      if ((data.shadow as PolicyData).shadow !== undefined) faults.add('shadow', 'invalid-option', 'has no shadow itself');
    });
  faults.throwIfAny();
} // prettier-ignore

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

class PolicyCheck {
  readonly #data: PolicyData;
  readonly #functions: Functions;
  readonly #faults: Faults;
  readonly #roles: ReadonlyMap<string, RoleData>;
  /** Unset where the policy does not say which there are. */
  readonly #permissions: readonly string[] | undefined;
  readonly #ids = new Set<string>();

  constructor(data: PolicyData, functions: Functions, faults: Faults) {
    this.#data = data;
    this.#functions = functions;
    this.#faults = faults;
    this.#roles = new Map(isObject(data.roles) ? Object.entries<RoleData>(data.roles) : []);
    if (data.permissions === undefined) return;
    if (this.#isList(data.permissions, 'permissions', isPermission, 'a permission without wildcards: "orders:read"'))
      this.#permissions = data.permissions;
  }

  roles(): void {
    const { roles } = this.#data;
    if (roles !== undefined && !isObject(roles))
      this.#faults.add('roles', 'invalid-option', 'must be an object of roles by name');
    for (const [name, role] of this.#roles) {
      const path = `roles.${name}`;
      if (!this.#hasMembers(role, path, ['inherits', 'permissions'])) continue;
      this.#patterns(role.permissions, `${path}.permissions`);
      this.#names(role.inherits, `${path}.inherits`);
    }
    for (const name of this.#inCycle())
      this.#faults.add(`roles.${name}.inherits`, 'role-cycle', 'comes back to the role itself; take one of the steps out');
  } // prettier-ignore

  rules(): void {
    this.#each(this.#data.rules, 'rules', (rule: RuleData, path) => {
      const known = ['id', 'effect', 'roles', 'subjects', 'permissions', 'resources', 'when', 'anyTenant'];
      if (!this.#hasMembers(rule, path, known)) return;
      this.#id(rule.id, path);
      if (rule.effect !== 'allow' && rule.effect !== 'deny')
        this.#faults.add(`${path}.effect`, 'invalid-option', 'must be "allow" or "deny"');
      this.#names(rule.roles, `${path}.roles`, true);
      if (rule.subjects !== undefined)
        this.#isList(rule.subjects, `${path}.subjects`, isSubject, 'a subject: "alice", or { issuer, subject }', true);
      this.#patterns(rule.permissions, `${path}.permissions`, true);
      if (rule.resources !== undefined)
        this.#isList(rule.resources, `${path}.resources`, isText, 'a type of resources: "order"', true);
      if (rule.anyTenant !== undefined && (typeof rule.anyTenant !== 'boolean' || rule.effect === 'deny'))
        this.#faults.add(`${path}.anyTenant`, 'invalid-option', 'must be true or false, of an allow');
      if (rule.when !== undefined)
        this.#faults.within('', () => checkCondition(rule.when, `${path}.when`, this.#functions));
    });
  }

  grants(): void {
    this.#each(this.#data.grants, 'grants', (grant: GrantData, path) => {
      if (!this.#hasMembers(grant, path, ['id', 'subject', 'roles', 'permissions', 'expiresAt', 'notBefore'])) return;
      this.#id(grant.id, path);
      if (!isSubject(grant.subject))
        this.#faults.add(`${path}.subject`, 'invalid-option', 'must be a subject: "alice", or { issuer, subject }');
      if (grant.roles === undefined && grant.permissions === undefined)
        this.#faults.add(path, 'invalid-option', 'must grant roles, permissions, or both');
      this.#names(grant.roles, `${path}.roles`, true);
      this.#patterns(grant.permissions, `${path}.permissions`);
      for (const name of ['expiresAt', 'notBefore'] as const)
        if ((name === 'expiresAt' || grant[name] !== undefined) && !isTime(grant[name]))
          this.#faults.add(`${path}.${name}`, 'invalid-option', 'must be RFC 3339 text: "2026-01-01T00:00:00Z"');
    });
  }

  #each<T>(list: readonly T[] | undefined, path: string, check: (item: T, path: string) => void): void {
    if (list !== undefined && !Array.isArray(list)) this.#faults.add(path, 'invalid-option', 'must be a list');
    else for (const [index, item] of (list ?? []).entries()) check(item, `${path}[${index}]`);
  }

  #hasMembers(value: object, path: string, known: readonly string[]): boolean {
    if (!isObject(value)) {
      this.#faults.add(path, 'invalid-option', `must be an object with ${known.join(', ')}`);
      return false;
    }
    this.#faults.within(path, () => {
      const found = new Faults();
      found.addUnknown(value, known);
      found.throwIfAny();
    });
    return true;
  }

  #id(id: unknown, path: string): void {
    if (id === undefined) return;
    if (!isText(id)) this.#faults.add(`${path}.id`, 'invalid-option', 'must be text');
    else if (this.#ids.has(id)) this.#faults.add(`${path}.id`, 'duplicate-id', `${JSON.stringify(id)} stands twice`);
    else this.#ids.add(id);
  }

  #names(list: unknown, path: string, some = false): void {
    if (list === undefined || !this.#isList(list, path, isText, 'the name of a role', some)) return;
    for (const name of list as readonly string[])
      if (!this.#roles.has(name))
        this.#faults.add(path, 'unknown-role', `names ${JSON.stringify(name)}, which is no role of this policy`);
  }

  #patterns(list: unknown, path: string, needed = false): void {
    if (list === undefined && !needed) return;
    if (!this.#isList(list, path, isPattern, 'a permission: "orders:read", "orders:*" or "orders:**"', needed)) return;
    if (this.#permissions === undefined) return;
    for (const pattern of list as readonly string[]) {
      const index = new PatternIndex(() => true);
      index.at(pattern);
      if (!this.#permissions.some((permission) => index.find(permission).length > 0))
        this.#faults.add(path, 'unknown-permission', `has ${JSON.stringify(pattern)}, which is none of permissions, nor a pattern of one`);
    }
  } // prettier-ignore

  #isList(list: unknown, path: string, fits: (item: unknown) => boolean, what: string, some = false): boolean {
    if (!Array.isArray(list) || (some && list.length === 0)) {
      this.#faults.add(path, 'invalid-option', `must be a list${some ? ', not empty' : ''}; each of it ${what}`);
      return false;
    }
    const wrong = list.findIndex((item) => !fits(item));
    if (wrong !== -1) this.#faults.add(`${path}[${wrong}]`, 'invalid-option', `must be ${what}`);
    return wrong === -1;
  }

  /** Roles that come back to themselves; in steps of the policy's size, however deep it is. */
  #inCycle(): readonly string[] {
    const waiting = new Map<string, number>();
    const heirs = new Map<string, string[]>();
    for (const [name, role] of this.#roles) {
      const parents = Array.isArray(role?.inherits) ? role.inherits.filter((parent) => this.#roles.has(parent)) : [];
      waiting.set(name, parents.length);
      for (const parent of parents) heirs.set(parent, [...(heirs.get(parent) ?? []), name]);
    }
    const settled = [...waiting.keys()].filter((name) => waiting.get(name) === 0);
    for (const name of settled) {
      waiting.delete(name);
      for (const heir of heirs.get(name) ?? []) {
        waiting.set(heir, waiting.get(heir)! - 1);
        if (waiting.get(heir) === 0) settled.push(heir);
      }
    }
    // What waits still is in a cycle, or inherits one: those that reach themselves alone are named.
    return [...waiting.keys()].filter((name) => this.#reaches(name, waiting));
  }

  #reaches(name: string, among: ReadonlyMap<string, number>): boolean {
    const seen = new Set<string>();
    const next = [...(this.#roles.get(name)!.inherits ?? [])];
    for (let parent = next.pop(); parent !== undefined; parent = next.pop()) {
      if (parent === name) return true;
      if (seen.has(parent) || !among.has(parent)) continue;
      seen.add(parent);
      next.push(...(this.#roles.get(parent)?.inherits ?? []));
    }
    return false;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isSubject = (value: unknown): value is SubjectName =>
  isText(value) ||
  (isObject(value) && isText(value['issuer']) && isText(value['subject']) && Object.keys(value).length === 2);
