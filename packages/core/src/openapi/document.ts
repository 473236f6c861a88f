import type { Requirement, Schemes } from '../contracts/requirement.js';
import type { Route } from '../contracts/route.js';
import type { SecurityScheme } from '../contracts/scheme.js';
import { securityOf, securitySchemeOf, type SecurityRequirement } from './security.js';

export interface OpenApiOptions {
  /** `auth`, or what it was made of. */
  readonly auth: { readonly schemes: Schemes };
  /** What `denyByDefault` of an adapter answers, or `routes()`. */
  readonly routes: readonly Route[];
  readonly info: { readonly title: string; readonly version: string };
  /** How schemes of your own are described, or others otherwise: by their names. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
}

/** The part of an OpenAPI 3.1 document that is about who may call. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly securitySchemes: Readonly<Record<string, SecurityScheme>> };
}

export type PathItem = Readonly<Record<string, Operation | readonly Parameter[]>>;

export interface Operation {
  readonly security: readonly SecurityRequirement[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  /** The whole requirement, which OpenAPI has no words for: roles beside scopes, contexts, ages. */
  readonly 'x-auth-requirement': Requirement;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path';
  readonly required: true;
  readonly schema: { readonly type: 'string' };
}

const allMethods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * Writes the requirements of routes as an OpenAPI 3.1 document: security schemes by the names of the configuration, and for each operation what it
 * asks, in OpenAPI's words and whole (`x-auth-requirement`). Merge it into the document of the API. Routes without a requirement are left out: they
 * refuse every request. So are paths that are regular expressions, and methods that OpenAPI does not know.
 * @throws ConfigurationError for a scheme of your own that `securitySchemes` does not describe.
 * @example toOpenApi({ auth, routes: denyByDefault(app), info: { title: 'Orders', version: '1' } })
 */
export function toOpenApi({ auth, routes, info, securitySchemes = {} }: OpenApiOptions): OpenApiDocument {
  const paths = new Map<string, Record<string, Operation | readonly Parameter[]>>();
  for (const { method, path, requirement } of routes) {
    if (requirement === null || !path.startsWith('/') || /[()^$\\]/.test(path)) continue;
    const { template, parameters } = templateOf(path);
    const methods = method === '*' ? allMethods : [method.toLowerCase()].filter((name) => allMethods.includes(name));
    if (methods.length === 0) continue;
    let item = paths.get(template);
    if (item === undefined) paths.set(template, (item = parameters.length > 0 ? { parameters } : {}));
    for (const name of methods) item[name] ??= operationOf(requirement);
  }
  const names = Object.keys(auth.schemes);
  const described = names.map((name) => [
    name,
    Object.hasOwn(securitySchemes, name) ? securitySchemes[name]! : securitySchemeOf(name, auth.schemes[name]!),
  ]);
  return {
    openapi: '3.1.0',
    info,
    paths: Object.fromEntries(paths),
    components: { securitySchemes: Object.fromEntries(described) as Record<string, SecurityScheme> },
  };
}

function operationOf(requirement: Requirement): Operation {
  const security = securityOf(requirement);
  return {
    security,
    responses: {
      default: { description: 'What the handler answers' },
      ...(security.length > 0 && {
        401: { description: 'Credentials are missing or not valid' },
        403: { description: 'Permission is denied' },
      }),
    },
    'x-auth-requirement': requirement,
  };
}

/** `/orders/:id` and `/files/*path` as `/orders/{id}` and `/files/{path}`. */
function templateOf(path: string): { readonly template: string; readonly parameters: readonly Parameter[] } {
  const names: string[] = [];
  const template = path.replace(/[:*]([\p{ID_Start}_$][\p{ID_Continue}$]*)?\??/gu, (_, name: string | undefined) => {
    const unique = name ?? `rest${names.length || ''}`;
    names.push(unique);
    return `{${unique}}`;
  });
  const parameters = names.map((name): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return { template, parameters };
}
