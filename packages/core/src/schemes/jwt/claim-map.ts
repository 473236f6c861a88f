import type { JsonObject } from '../../base/strict-json.js';
import { Faults } from '../../errors/faults.js';

/**
 * Where a claim lies: its exact name (`scp`, `https://example.com/roles`), or, from the first `/` on, a JSON Pointer (RFC 6901)
 * to a member of a claim (`/realm_access/roles`).
 */
export type ClaimName = string;

/**
 * Which claims say what a token may do. Each holds texts separated by spaces, or a list of texts. Of several names, those that
 * are there must say the same.
 */
export interface ClaimMapOptions {
  /** Default `scope`, as one text (RFC 9068 §2.2.3). */
  readonly scopes?: ClaimName | readonly ClaimName[];
  /** Default: no claim; a token says nothing of roles. */
  readonly roles?: ClaimName | readonly ClaimName[];
  /** Default: no claim. What it names stands beside what the policy grants to the roles. */
  readonly permissions?: ClaimName | readonly ClaimName[];
  /** Default: no claim. Which tenant the token is of: one text. */
  readonly tenant?: ClaimName | readonly ClaimName[];
}

/** The members to go through, for each place. */
type Places = readonly (readonly string[])[];

export interface ClaimMap {
  /** Unset: `scope`. */
  readonly scopes?: Places;
  readonly roles?: Places;
  readonly permissions?: Places;
  readonly tenant?: Places;
}

/** What a token may do, by its claims. */
export interface Grants {
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly permissions?: ReadonlySet<string>;
  readonly tenant?: string;
}

const members = ['scopes', 'roles', 'permissions', 'tenant'] as const;

/** @throws ConfigurationError with every fault. */
export function compileClaimMap(options: ClaimMapOptions = {}): ClaimMap {
  const faults = new Faults();
  if (typeof options !== 'object' || options === null) {
    faults.add('map', 'invalid-option', `must be an object with any of ${members.join(', ')}: names of claims`);
    faults.throwIfAny();
  }
  const map: { -readonly [Name in keyof ClaimMap]: ClaimMap[Name] } = {};
  faults.within('map', () => {
    const found = new Faults();
    found.addUnknown(options, members);
    for (const member of members) {
      const names: unknown = options[member];
      if (names === undefined) continue;
      const places = [names].flat().map(parsePlace);
      if (places.length === 0 || places.includes(undefined))
        found.add(
          member,
          'invalid-option',
          'must be the name of a claim, a JSON Pointer ("/realm_access/roles"), or a list of these',
        );
      map[member] = places as Places;
    }
    found.throwIfAny();
  });
  faults.throwIfAny();
  return Object.freeze(map);
}

/** Whether `readGrants` has an answer; cheap where nothing is mapped. */
export function hasReadableGrants(claims: JsonObject, map: ClaimMap): boolean {
  if (map.scopes ?? map.roles ?? map.permissions ?? map.tenant) return readGrants(claims, map) !== undefined;
  const { scope } = claims;
  return scope === undefined || typeof scope === 'string';
}

/**
 * Reads what a token may do.
 * @returns undefined where a claim is neither text nor a list of texts, or claims of one meaning differ.
 */
export function readGrants(claims: JsonObject, map: ClaimMap): Grants | undefined {
  const scopes = map.scopes === undefined ? readScope(claims['scope']) : readPlaces(claims, map.scopes);
  const roles = map.roles === undefined ? new Set<string>() : readPlaces(claims, map.roles);
  const permissions = map.permissions === undefined ? undefined : readPlaces(claims, map.permissions);
  if (scopes === undefined || roles === undefined) return undefined;
  if (map.permissions !== undefined && permissions === undefined) return undefined;
  const tenants = map.tenant === undefined ? undefined : readPlaces(claims, map.tenant);
  // Of two tenants nobody knows which was meant.
  if (map.tenant !== undefined && (tenants === undefined || tenants.size > 1)) return undefined;
  const [tenant] = tenants ?? [];
  return { scopes, roles, ...(permissions && { permissions }), ...(tenant !== undefined && { tenant }) };
}

/** RFC 9068 §2.2.3: one text, and nothing else. */
function readScope(value: unknown): ReadonlySet<string> | undefined {
  return value === undefined || typeof value === 'string' ? readTexts(value ?? '') : undefined;
}

function readPlaces(claims: JsonObject, places: Places): ReadonlySet<string> | undefined {
  let read: ReadonlySet<string> | undefined;
  for (const place of places) {
    const value = place.reduce<unknown>(memberOf, claims);
    if (value === undefined) continue;
    const texts = readTexts(value);
    if (texts === undefined) return undefined;
    // Decision: where two claims of one meaning differ, nobody knows which of them was meant.
    if (read !== undefined && !(read.size === texts.size && [...texts].every((text) => read?.has(text))))
      return undefined;
    read = texts;
  }
  return read ?? new Set();
}

/** RFC 6749 §3.3: texts are separated by U+0020 alone. */
function readTexts(value: unknown): ReadonlySet<string> | undefined {
  const texts: unknown = typeof value === 'string' ? value.split(' ') : value;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) return undefined;
  return new Set(texts.filter((text) => text !== ''));
}

function memberOf(value: unknown, name: string): unknown {
  // Claims stand on no prototype, so that only what was sent is a member.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;
}

/** RFC 6901 §3: `~1` is a slash, `~0` a tilde, in this order. */
function parsePlace(name: unknown): readonly string[] | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
  if (!name.startsWith('/')) return [name];
  if (/~(?![01])/.test(name)) return undefined;
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
