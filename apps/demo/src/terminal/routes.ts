import type { Requirement, Route } from '@auth/core';

/** The lists that `denyByDefault` answered: one, where the frameworks agree. */
export function formatRoutes(servers: readonly { readonly name: string; readonly routes: readonly Route[] }[]): string {
  const names = new Map<string, string[]>();
  for (const { name, routes } of servers) {
    const list = formatList(routes);
    names.set(list, [...(names.get(list) ?? []), name]);
  }
  return [...names]
    .map(([list, those]) => `Routes, as denyByDefault lists them (${those.join(', ')})\n${list}`)
    .join('\n\n');
}

function formatList(routes: readonly Route[]): string {
  return routes
    .map(({ method, path, requirement }) => `  ${method.padEnd(5)}${path.padEnd(18)}${formatRequirement(requirement)}`)
    .join('\n');
}

/** `access with orders:read or passwords as clerk` */
export function formatRequirement(requirement: Requirement | null): string {
  if (requirement === null) return 'nothing declared: refuses everybody';
  if (requirement.public) return 'public';
  if (requirement.optional) return `optional ${formatRequirement(requirement.optional)}`;
  if (requirement.anyOf) return requirement.anyOf.map(formatRequirement).join(' or ');
  if (requirement.scheme === undefined) return JSON.stringify(requirement);
  const { scheme, scopes = [], roles = [], acr = [] } = requirement;
  return [scheme, ...when('with', scopes), ...when('as', roles), ...when('signed in by', acr)].join(' ');
}

const when = (word: string, names: readonly string[]): readonly string[] => (names.length > 0 ? [word, ...names] : []);
