import { configurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';

/** What each role may do. Data: written by hand, or read from a file. */
export interface PolicyOptions {
  readonly roles: Readonly<Record<string, RoleOptions>>;
}

export interface RoleOptions {
  /** Roles whose permissions this one has too. */
  readonly inherits?: readonly string[];
  readonly permissions?: readonly string[];
}

/** Roles with all that they inherit, compiled once. A role that the policy does not name is itself, and grants nothing. */
export interface Roles {
  /** Whether one of `held` is, or inherits, `role`. */
  include(held: ReadonlySet<string>, role: string): boolean;
  /** Whether one of `held` grants the permission. */
  grant(held: ReadonlySet<string>, permission: string): boolean;
}

interface CompiledRole {
  readonly roles: ReadonlySet<string>;
  readonly permissions: ReadonlySet<string>;
}

/** @throws ConfigurationError for a role that inherits itself or one that is not there, and for malformed members. */
export function compileRoles(options: PolicyOptions | undefined): Roles {
  const given = new Map(Object.entries(rolesOf(options)));
  checkRoles(options, given);
  const compiled = new Map<string, CompiledRole>();
  for (const name of given.keys()) {
    const roles = closure(name, given);
    compiled.set(name, {
      roles,
      permissions: new Set([...roles].flatMap((role) => given.get(role)?.permissions ?? [])),
    });
  }
  return {
    include: (held, role) => held.has(role) || [...held].some((name) => compiled.get(name)?.roles.has(role) === true),
    grant: (held, permission) => [...held].some((name) => compiled.get(name)?.permissions.has(permission) === true),
  };
}

function rolesOf(options: PolicyOptions | undefined): PolicyOptions['roles'] {
  const roles: unknown = options?.roles ?? {};
  if (typeof roles !== 'object' || Array.isArray(roles))
    throw configurationError('roles', 'invalid-option', 'must be an object of roles by name');
  return roles as PolicyOptions['roles'];
}

function checkRoles(options: PolicyOptions | undefined, given: ReadonlyMap<string, RoleOptions>): void {
  const faults = new Faults();
  if (options !== undefined) faults.addUnknown(options, ['roles']);
  for (const [name, role] of given) {
    const path = `roles.${name}`;
    if (typeof role !== 'object' || role === null) {
      faults.add(path, 'invalid-option', 'must be an object with permissions, inherits, or both');
      continue;
    }
    faults.within(path, () => {
      const found = new Faults();
      found.addUnknown(role, ['inherits', 'permissions']);
      for (const member of ['inherits', 'permissions'] as const) {
        const list: unknown = role[member] ?? [];
        if (!Array.isArray(list) || !list.every((item) => typeof item === 'string' && item !== ''))
          found.add(member, 'invalid-option', 'must be a list of texts');
      }
      found.throwIfAny();
      for (const parent of role.inherits ?? [])
        if (!given.has(parent))
          found.add('inherits', 'unknown-role', `names ${JSON.stringify(parent)}, which is no role of this policy`);
      if ((role.inherits ?? []).some((parent) => closure(parent, given).has(name)))
        found.add('inherits', 'role-cycle', 'comes back to the role itself; take one of the steps out');
      found.throwIfAny();
    });
  }
  faults.throwIfAny();
}

/** A role and all that it inherits; ends on cycles too. */
function closure(
  name: string,
  given: ReadonlyMap<string, RoleOptions>,
  seen: Set<string> = new Set(),
): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const inherits: unknown = given.get(name)?.inherits;
  for (const parent of Array.isArray(inherits) ? inherits : []) closure(parent as string, given, seen);
  return seen;
}
