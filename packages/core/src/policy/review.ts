import type { CompiledPolicy, Rule } from './compile.js';
import type { SubjectName } from './data.js';
import { secondsOf } from './instant.js';

export interface ReviewOptions {
  /** Who has which roles, from where the users are kept. */
  readonly people?: readonly { readonly subject: SubjectName; readonly roles: readonly string[] }[];
  /** A role is broad that permits more than this share of all that roles permit; default 0.5. */
  readonly broadShare?: number;
}

/** For the periodic review of least privilege. */
export interface PolicyReview {
  readonly roles: readonly RoleReview[];
  /** What each of the people may do, by roles and grants; whatever conditions leave of it. */
  readonly people: readonly PersonReview[];
  /** Rules, permissions of roles and grants that have decided nothing since the policy was taken. */
  readonly unused: readonly string[];
  /** Grants that are over. */
  readonly expired: readonly string[];
}

export interface RoleReview {
  readonly role: string;
  /** All that it inherits. */
  readonly inherits: readonly string[];
  readonly permissions: readonly string[];
  /** How many of the people have it; heirs not counted. Unset where no people were given. */
  readonly heldBy?: number;
  /** Why it is broad: a wildcard that ends in `**`, or the share of all permissions. */
  readonly broad?: string;
}

export interface PersonReview {
  readonly subject: SubjectName;
  readonly roles: readonly string[];
  readonly unknownRoles: readonly string[];
  readonly permissions: readonly string[];
}

export function reviewPolicy(policy: CompiledPolicy, { people, broadShare = 0.5, now }: ReviewOptions & { readonly now: number }): PolicyReview {
  const byRole = permissionsByRole(policy.rules);
  const total = new Set([...byRole.values()].flat()).size;
  const permitted = (roles: readonly string[]): readonly string[] => [...new Set(roles.flatMap((role) => byRole.get(role) ?? []))].sort();
  const roles = policy.roles.names().map((role): RoleReview => {
    const closure = policy.roles.closure(role)!;
    const permissions = permitted(closure);
    const broad = broadOf(permissions, total, broadShare);
    const heldBy = people?.filter((person) => person.roles.includes(role)).length;
    const review = { role, inherits: closure.slice(1), permissions };
    return Object.assign(review, heldBy !== undefined && { heldBy }, broad !== undefined && { broad });
  });
  const grants = (policy.data.grants ?? []).map((grant, at) => ({ grant, name: grant.id ?? `grants[${at}]` }));
  return {
    roles,
    people: (people ?? []).map(({ subject, roles: held }) => {
      const current = grants.filter(({ grant }) => isSame(grant.subject, subject) && now < secondsOf(grant.expiresAt));
      const all = [...new Set([...held, ...current.flatMap(({ grant }) => grant.roles ?? [])])];
      const known = [...new Set(all.flatMap((role) => policy.roles.closure(role) ?? []))];
      return {
        subject,
        roles: known,
        unknownRoles: all.filter((role) => !policy.roles.has(role)),
        permissions: [...new Set([...permitted(known), ...current.flatMap(({ grant }) => grant.permissions ?? [])])].sort(),
      };
    }),
    unused: policy.rules.filter(({ uses }) => uses === 0).map(({ name }) => name),
    expired: grants.filter(({ grant }) => now >= secondsOf(grant.expiresAt)).map(({ name }) => name),
  };
} // prettier-ignore

const isSame = (a: SubjectName, b: SubjectName): boolean => JSON.stringify(a) === JSON.stringify(b);

function permissionsByRole(rules: readonly Rule[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { effect, roles, permissions } of rules) {
    if (effect === 'deny') continue;
    for (const role of roles ?? []) found.set(role, [...(found.get(role) ?? []), ...permissions]);
  }
  return found;
}

function broadOf(permissions: readonly string[], total: number, share: number): string | undefined {
  const open = permissions.find((permission) => permission.endsWith('**'));
  if (open !== undefined) return `has ${open}`;
  // Of a handful every role has most.
  return total >= 8 && permissions.length > total * share ? `has ${permissions.length} of ${total} permissions` : undefined;
} // prettier-ignore
