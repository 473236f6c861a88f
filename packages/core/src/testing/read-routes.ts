import type { PolicyEngine } from '../contracts/policy.js';
import type { Requirement, Schemes } from '../contracts/requirement.js';
import { Faults } from '../errors/faults.js';
import type { CheckOptions } from '../guard/check.js';
import { checkGuardOptions } from '../guard/options.js';
import { compileRequirement } from '../guard/requirement.js';
import { isObject } from './members.js';

export interface ConfiguredRoute {
  readonly method: string;
  readonly path: string;
  /** Undefined for a route that is mounted without a guard, to be refused. */
  readonly require: Requirement | undefined;
  /** What stands beside the requirement. */
  readonly options: CheckOptions;
}

/** What requirements are read against. */
export interface RouteContext {
  /** All schemes that are named in the configuration, those too that are faulty. */
  readonly schemes: Schemes;
  readonly policy: PolicyEngine | undefined;
}

/** Reads `routes`; every fault has its path from the root of the configuration. */
export function readRoutes(json: unknown, context: RouteContext, faults: Faults): readonly ConfiguredRoute[] {
  if (!Array.isArray(json)) {
    faults.add('routes', 'invalid-option', 'must be a list of routes');
    return [];
  }
  const seen = new Set<string>();
  return (json as readonly unknown[]).flatMap((value, index) => {
    const path = `routes[${index}]`;
    const route = faults.within(path, () => readRoute(value));
    if (route === undefined) return [];
    const name = `${route.method} ${route.path}`;
    if (seen.has(name)) faults.add(path, 'duplicate-route', `${name} stands twice`);
    seen.add(name);
    const { require } = route;
    if (require !== undefined) faults.within(path, () => compileRequirement(require, context.schemes, context.policy));
    return [route];
  });
}

function readRoute(json: unknown): ConfiguredRoute {
  const faults = new Faults();
  const route = isObject(json) ? json : {};
  faults.addUnknown(route, ['method', 'path', 'require', 'undeclared', 'hideForbidden', 'limit', 'resource', 'kind']);
  const { method, path, require, undeclared, hideForbidden, limit, resource, kind = 'http' } = route;
  const options = {
    ...(hideForbidden !== undefined && { hideForbidden }),
    ...(limit !== undefined && { limit }),
    ...(resource !== undefined && { resource }),
  } as CheckOptions;
  if (typeof method !== 'string' || !/^[A-Z]+$/.test(method))
    faults.add('method', 'invalid-option', 'must be a method in upper case: "GET"');
  if (typeof path !== 'string' || !path.startsWith('/'))
    faults.add('path', 'invalid-option', 'must be a path: "/orders"');
  if (undeclared !== undefined && undeclared !== true)
    faults.add('undeclared', 'invalid-option', 'must be true, or left out');
  if ((require === undefined) === (undeclared === undefined)) {
    faults.add('require', 'requirement-required', 'write exactly one of require and undeclared: true');
  }
  faults.within('', () => checkGuardOptions(options));
  if (kind !== 'http') faults.add('kind', 'not-supported', `${JSON.stringify(kind)} is not supported yet: use "http"`);
  faults.throwIfAny();
  return {
    method: method as string,
    path: path as string,
    require: require as Requirement | undefined,
    options,
  };
}
