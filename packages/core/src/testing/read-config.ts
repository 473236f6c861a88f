import { parseTime } from '../base/time.js';
import type { Clock } from '../contracts/clock.js';
import type { Requirement, Schemes } from '../contracts/requirement.js';
import type { Scheme } from '../contracts/scheme.js';
import type { Fault } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { checkAuthOptions } from '../guard/options.js';
import type { AuthOptions } from '../guard/create-auth.js';
import { compileRequirement } from '../guard/requirement.js';
import { apiKey, type ApiKeyOptions } from '../schemes/api-key/index.js';
import { basic } from '../schemes/basic/index.js';
import { jwt, type JwtOptions } from '../schemes/jwt/index.js';
import { createOffsetClock, createTestClock } from './test-clock.js';

/** Where the framework's body parser stands relative to the guard; `before-lossy` keeps no bytes. */
export type BodyParser = 'before' | 'after' | 'none' | 'before-lossy';

export interface ConfiguredRoute {
  readonly method: string;
  readonly path: string;
  /** Undefined for a route that is mounted without a guard, to be refused. */
  readonly require: Requirement | undefined;
  readonly hideForbidden: boolean;
}

/** What a configuration of the conformance program says. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly bodyParser: BodyParser;
  readonly auditFile: string | undefined;
  /** For `createAuth`; the program adds where events go. */
  readonly options: AuthOptions & { readonly clock: Clock };
  readonly routes: readonly ConfiguredRoute[];
}

export type ConfigResult =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

type Json = Readonly<Record<string, unknown>>;

const knownMembers = [
  'listen', 'maxCredentialBytes', 'insecureTransport', 'trustProxy', 'forwardedFields', 'policy', 'clock', 'realm', 'bodyParser', 'bodyLimitBytes', 'audit', 'schemes', 'routes',
]; // prettier-ignore
// Parts of the interface that are still to come: accepted where they ask for nothing.
const later: Readonly<Record<string, readonly unknown[]>> = {
  tls: [], http2: [false], clientCertificateFrom: ['tls'], control: [false], stores: ['memory'],
  throttle: [], issuer: [],
}; // prettier-ignore
const laterOfJwt: Readonly<Record<string, readonly unknown[]>> = {
  jwksUri: [], issuers: [], allowInsecureHttp: [false, true], dpop: ['off'], dpopNonce: ['off'], certificateBound: ['off'], resourceMetadata: [false],
  tokenInBody: [false], map: [], decryptionKeys: [], revocation: ['off'], dpopNonceSecretBase64: [], keySet: [],
}; // prettier-ignore
const laterOfBasic: Readonly<Record<string, readonly unknown[]>> = { cacheSeconds: [0] };
const laterTypes: ReadonlySet<unknown> = new Set(['introspection', 'oidc', 'mtls', 'httpSignature', 'session', 'hmac']);

/**
 * Reads the JSON of the conformance program: the names in it are those of the public options.
 * @returns options of `createAuth` and routes, or every fault, each with its path in the JSON.
 */
export function readConfig(json: unknown): ConfigResult {
  const faults = new Faults();
  if (!isObject(json))
    return { kind: 'faults', faults: [{ path: '$', reason: 'invalid-option', message: 'must be a JSON object' }] };
  const members = refuseLater(json, later, '', faults);
  faults.addUnknown(members, knownMembers);
  const schemes = readSchemes(members['schemes'], faults);
  const options = {
    schemes,
    clock: readClock(members['clock'], faults),
    ...pick(members, [
      'realm',
      'maxCredentialBytes',
      'bodyLimitBytes',
      'insecureTransport',
      'trustProxy',
      'forwardedFields',
      'policy',
    ]),
  } as AuthOptions & { clock: Clock };
  // Of schemes, their own faults tell more than that one is missing.
  if (Object.keys(schemes).length > 0) faults.within('', () => checkAuthOptions(options));
  const config: Config = {
    listen: readListen(members['listen'], faults),
    bodyParser: readBodyParser(members['bodyParser'], faults),
    auditFile: readAudit(members['audit'], faults),
    options,
    routes: readRoutes(members, schemes, faults),
  };
  return faults.found.length > 0 ? { kind: 'faults', faults: faults.found } : { kind: 'config', config };
}

function readSchemes(json: unknown, faults: Faults): Schemes {
  if (!isObject(json) || Object.keys(json).length === 0) {
    faults.add('schemes', 'schemes-required', 'must name at least one scheme: { "keys": { "type": "apiKey", … } }');
    return {};
  }
  const schemes: [string, Scheme][] = [];
  for (const [name, options] of Object.entries(json)) {
    const scheme = faults.within(`schemes.${name}`, () => readScheme(options));
    if (scheme !== undefined) schemes.push([name, scheme]);
  }
  return Object.fromEntries(schemes);
}

function readScheme(json: unknown): Scheme {
  const faults = new Faults();
  const { type, ...options } = isObject(json) ? json : {};
  if (type === 'apiKey') return apiKey(options as unknown as ApiKeyOptions);
  if (type === 'basic') {
    const built = refuseLater(options, laterOfBasic, '', faults);
    faults.throwIfAny();
    return basic(built);
  }
  if (type === 'jwt') {
    const built = refuseLater(options, laterOfJwt, '', faults);
    // With keys from elsewhere still to come, that keys are missing is no news.
    faults.throwIfAny();
    return jwt(built as unknown as JwtOptions);
  }
  if (laterTypes.has(type))
    faults.add('type', 'not-supported', `${JSON.stringify(type)} is not supported yet: use "jwt", "apiKey" or "basic"`);
  else faults.add('type', 'invalid-option', 'must be "jwt", "apiKey" or "basic"');
  faults.throwIfAny();
  throw new Error('unreachable');
}

function readRoutes(members: Json, schemes: Schemes, faults: Faults): readonly ConfiguredRoute[] {
  const json = members['routes'];
  if (!Array.isArray(json)) {
    faults.add('routes', 'invalid-option', 'must be a list of routes');
    return [];
  }
  // A scheme that is configured, and faulty, is not unknown as well.
  const placeholder = { type: 'faulty' } as Scheme;
  const names = isObject(members['schemes']) ? Object.keys(members['schemes']) : [];
  const known = Object.fromEntries(names.map((name) => [name, schemes[name] ?? placeholder]));
  const seen = new Set<string>();
  return (json as readonly unknown[]).flatMap((value, index) => {
    const path = `routes[${index}]`;
    const route = faults.within(path, () => readRoute(value));
    if (route === undefined) return [];
    const name = `${route.method} ${route.path}`;
    if (seen.has(name)) faults.add(path, 'duplicate-route', `${name} stands twice`);
    seen.add(name);
    const { require } = route;
    if (require !== undefined)
      faults.within(path, () => compileRequirement(require, known, members['policy'] !== undefined));
    return [route];
  });
}

function readRoute(json: unknown): ConfiguredRoute {
  const faults = new Faults();
  const route = isObject(json) ? json : {};
  faults.addUnknown(route, ['method', 'path', 'require', 'undeclared', 'hideForbidden', 'kind']);
  const { method, path, require, undeclared, hideForbidden = false, kind = 'http' } = route;
  if (typeof method !== 'string' || !/^[A-Z]+$/.test(method))
    faults.add('method', 'invalid-option', 'must be a method in upper case: "GET"');
  if (typeof path !== 'string' || !path.startsWith('/'))
    faults.add('path', 'invalid-option', 'must be a path: "/orders"');
  if (undeclared !== undefined && undeclared !== true)
    faults.add('undeclared', 'invalid-option', 'must be true, or left out');
  if ((require === undefined) === (undeclared === undefined)) {
    faults.add('require', 'requirement-required', 'write exactly one of require and undeclared: true');
  }
  if (typeof hideForbidden !== 'boolean') faults.add('hideForbidden', 'invalid-option', 'must be true or false');
  if (kind !== 'http') faults.add('kind', 'not-supported', `${JSON.stringify(kind)} is not supported yet: use "http"`);
  faults.throwIfAny();
  return {
    method: method as string,
    path: path as string,
    require: require as Requirement | undefined,
    hideForbidden: hideForbidden as boolean,
  };
}

function readListen(json: unknown, faults: Faults): Config['listen'] {
  const { host = '127.0.0.1', port = 0, ...others } = isObject(json) ? json : {};
  faults.within('listen', () => {
    const found = new Faults();
    found.addUnknown(others, ['host', 'port']);
    if (typeof host !== 'string') found.add('host', 'invalid-option', 'must be an address: "127.0.0.1"');
    if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535)
      found.add('port', 'invalid-option', 'must be a port, or 0 for any that is free');
    found.throwIfAny();
  });
  return { host: host as string, port: port as number };
}

function readClock(json: unknown, faults: Faults): Clock {
  const { at, offsetSeconds = 0, ...others } = isObject(json) ? json : {};
  const time = at === undefined ? undefined : parseTime(at);
  if (Object.keys(others).length > 0 || (at !== undefined && time === undefined) || typeof offsetSeconds !== 'number') {
    faults.add('clock', 'invalid-option', 'must be { "offsetSeconds": 0 } or { "at": "2026-01-01T00:00:00Z" }');
  }
  return time === undefined ? createOffsetClock(Number(offsetSeconds)) : createTestClock(time);
}

function readBodyParser(json: unknown, faults: Faults): BodyParser {
  const places: readonly unknown[] = ['before', 'after', 'none', 'before-lossy'];
  if (json !== undefined && !places.includes(json))
    faults.add('bodyParser', 'invalid-option', `must be one of ${places.map(String).join(', ')}`);
  return (json ?? 'after') as BodyParser;
}

function readAudit(json: unknown, faults: Faults): string | undefined {
  if (json === undefined) return undefined;
  const { file, chain = false, required = false, ...others } = isObject(json) ? json : {};
  if (typeof file !== 'string' || file === '') faults.add('audit.file', 'invalid-option', 'must be the path of a file');
  if (chain !== false) faults.add('audit.chain', 'not-supported', 'is not supported yet: leave it out');
  if (required !== false) faults.add('audit.required', 'not-supported', 'is not supported yet: leave it out');
  for (const name of Object.keys(others))
    faults.add(`audit.${name}`, 'unknown-option', 'is not an option; the options are file, chain, required');
  return file as string;
}

/** Takes out what is still to come: without a word where it asks for nothing, as a fault else. */
function refuseLater(
  json: Json,
  table: Readonly<Record<string, readonly unknown[]>>,
  path: string,
  faults: Faults,
): Json {
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const neutral = Object.hasOwn(table, name) ? table[name] : undefined;
    if (neutral === undefined) rest[name] = value;
    else if (!neutral.includes(isObject(value) ? value['type'] : value))
      faults.add(path + name, 'not-supported', 'is not supported yet: leave it out');
  }
  return rest;
}

function pick(json: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.flatMap((name) => (json[name] === undefined ? [] : [[name, json[name]]])));
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
