import type { Ask, Requirement } from '../contracts/requirement.js';
import type { Scheme, SecurityScheme } from '../contracts/scheme.js';
import { configurationError } from '../errors/configuration-error.js';

/** By the type of a scheme. */
const byType: Readonly<Record<string, SecurityScheme>> = {
  basic: { type: 'http', scheme: 'basic' },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  introspection: { type: 'http', scheme: 'bearer' },
  mtls: { type: 'mutualTLS' },
  httpSignature: { type: 'apiKey', in: 'header', name: 'Signature', description: 'HTTP Message Signatures (RFC 9421)' },
  hmac: { type: 'apiKey', in: 'header', name: 'Signature', description: 'Requests signed with a shared secret' },
};

/**
 * Describes a scheme as OpenAPI has it.
 * @throws ConfigurationError for a scheme of somebody's own that does not say how.
 */
export function securitySchemeOf(name: string, { type, securityScheme, issuer, confirmation }: Scheme): SecurityScheme {
  if (securityScheme !== undefined) return securityScheme;
  if (type === 'oidc' && issuer !== undefined)
    return { type: 'openIdConnect', openIdConnectUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration` };
  const known = Object.hasOwn(byType, type) ? byType[type] : undefined;
  if (known === undefined)
    throw configurationError(`securitySchemes.${name}`, 'security-scheme-required', `must be written out: nothing says how a scheme of type ${type} is described`);
  // RFC 9449 §7.1: bound tokens come by a scheme of their own.
  return known.type === 'http' && known.scheme === 'bearer' && confirmation?.['jkt'] === 'require'
    ? { ...known, scheme: 'dpop' }
    : known;
} // prettier-ignore

/** A Security Requirement Object: all of these, each with the scopes, roles and permissions that it asks. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

// More ways to get in than anybody reads.
const maxAlternatives = 64;

/**
 * Writes a requirement as alternatives, one of which is enough. An empty object among them is a caller without credentials; no alternative
 * at all is a route for everybody.
 * @throws ConfigurationError where it comes to more than 64 alternatives.
 */
export function securityOf(requirement: Requirement): readonly SecurityRequirement[] {
  const { anyOf, allOf, optional, public: everybody } = requirement;
  if (everybody === true) return [];
  if (optional !== undefined) return [...securityOf(optional), {}];
  if (anyOf !== undefined) return bounded(anyOf.flatMap((branch) => (branch.public === true ? [{}] : securityOf(branch))));
  if (allOf !== undefined) return Object.values(allOf as readonly Requirement[]).map(securityOf).reduce(both);
  const { scheme, scopes = [], roles = [], permissions = [] } = requirement as Ask;
  return [{ [scheme]: [...scopes, ...roles, ...permissions] }];
} // prettier-ignore

/** Every pair of an alternative of the one and one of the other. */
function both(left: readonly SecurityRequirement[], right: readonly SecurityRequirement[]): readonly SecurityRequirement[] {
  // A part for everybody asks nothing more.
  if (left.length === 0 || right.length === 0) return left.length === 0 ? right : left;
  return bounded(left.flatMap((a) => right.map((b) => join(a, b))));
} // prettier-ignore

function join(a: SecurityRequirement, b: SecurityRequirement): SecurityRequirement {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const listOf = (requirement: SecurityRequirement, name: string): readonly string[] =>
    Object.hasOwn(requirement, name) ? requirement[name]! : [];
  return Object.fromEntries(names.map((name) => [name, [...new Set([...listOf(a, name), ...listOf(b, name)])]]));
}

function bounded(alternatives: readonly SecurityRequirement[]): readonly SecurityRequirement[] {
  if (alternatives.length > maxAlternatives)
    throw configurationError('routes', 'too-many-alternatives', `come to ${alternatives.length} alternatives; OpenAPI needs each written out`);
  return alternatives;
} // prettier-ignore
