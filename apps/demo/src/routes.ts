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
    .map(({ method, path, requirement }) => {
      const asked = requirement === null ? 'nothing declared: refuses everybody' : describe(requirement);
      return `  ${method.padEnd(5)}${path.padEnd(18)}${asked}`;
    })
    .join('\n');
}

function describe(requirement: Requirement): string {
  if (requirement.public) return 'public';
  if (requirement.optional) return `optional ${describe(requirement.optional)}`;
  if (requirement.anyOf) return requirement.anyOf.map(describe).join(' or ');
  if (requirement.scheme === undefined) return JSON.stringify(requirement);
  const { scheme, scopes = [] } = requirement;
  return scopes.length === 0 ? scheme : `${scheme} with ${scopes.join(' ')}`;
}
