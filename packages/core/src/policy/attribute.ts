import type { PolicyQuery, Resource } from '../contracts/policy.js';

const roots = new Set(['principal', 'resource', 'context']);
const ofPrincipal = new Set([
  'subject',
  'issuer',
  'clientId',
  'tenant',
  'scheme',
  'type',
  'session',
  'scopes',
  'roles',
  'claims',
]);

/** Reads a path, `principal.claims.department`; undefined where it is none. */
export function parsePath(text: unknown): readonly string[] | undefined {
  if (typeof text !== 'string') return undefined;
  const path = text.split('.');
  const [root, member] = path;
  if (path.length < 2 || path.includes('') || !roots.has(root!)) return undefined;
  return root === 'principal' && !ofPrincipal.has(member!) ? undefined : path;
}

/** The value at a path; undefined where nothing of its own is there: what every object inherits is nobody's attribute. */
export function attributeOf({ principal, resource, context }: PolicyQuery, path: readonly string[]): unknown {
  const [root, member, ...rest] = path as [string, string, ...string[]];
  const first =
    root === 'principal'
      ? own(principal, member)
      : root === 'resource'
        ? ofResource(resource, member)
        : member === 'address'
          ? (context.address ?? undefined)
          : own(context.properties, member);
  return rest.reduce(own, first);
}

function ofResource({ id, type, owner, tenant, properties }: Resource, member: string): unknown {
  switch (member) {
    case 'id':
      return id;
    case 'type':
      return type;
    case 'tenant':
      return tenant;
    case 'owner':
      return typeof owner === 'object' && owner !== null ? owner.subject : owner;
    case 'ownerIssuer':
      return typeof owner === 'object' ? (owner?.issuer ?? undefined) : undefined;
    default:
      return own(properties, member);
  }
}

const own = (value: unknown, member: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, member)
    ? (value as Record<string, unknown>)[member]
    : undefined;
