import { createAlerts } from '../alerts/create-alerts.js';
import type { Fault } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import type { AuditOptions } from '../guard/audit-options.js';
import type { AuthOptions } from '../guard/create-auth.js';
import { checkAuthOptions } from '../guard/options.js';
import { createMemoryRateLimits } from '../stores/memory/rate-limits.js';
import { serverTls, type ServerTls, type ServerTlsOptions } from '../node/server-tls.js';
import { createMemoryReplay } from '../stores/memory/replay.js';
import { createMemoryRevocation } from '../stores/memory/revocation.js';
import type { PolicyData } from '../policy/data.js';
import { createPolicy, type Policy } from '../policy/policy.js';
import { isObject, pick } from './members.js';
import { readAudit } from './read-audit.js';
import { readClock } from './read-clock.js';
import { readIssuer, type ConfiguredIssuer } from './read-issuer.js';
import { readKeyManagement, type ConfiguredHandlers } from './read-key-management.js';
import { readRoutes, type ConfiguredRoute } from './read-routes.js';
import { noSchemes, readSchemes, type ConfiguredKeys } from './read-schemes.js';
import { inTurn, readStores, type StoreHooks, type StoreOpener } from './read-stores.js';
import type { TestClock } from './test-clock.js';

/** Where the framework's body parser stands relative to the guard; `before-lossy` keeps no bytes. */
export type BodyParser = 'before' | 'after' | 'none' | 'before-lossy';

/** What a configuration of the conformance program says. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly bodyParser: BodyParser;
  /** Where events go, as `audit` says; unset: nowhere. */
  readonly audit: AuditOptions | undefined;
  /** Whether a second listener takes commands while the server runs. */
  readonly control: boolean;
  /** For `createAuth`; the program adds where events go. */
  readonly options: AuthOptions & { readonly clock: TestClock };
  /** That of the options, so that it can be replaced. */
  readonly policy: Policy | undefined;
  readonly routes: readonly ConfiguredRoute[];
  /** What the schemes publish, key management and the issuer, by path: for `mount()` at the root. */
  readonly handlers: ConfiguredHandlers;
  readonly issuer: ConfiguredIssuer;
  /** Unset for plain TCP. The program has the server follow it, and closes it. */
  readonly tls: ServerTls | undefined;
  readonly http2: boolean;
}

export type ConfigResult =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

const known = [
  'listen', 'tls', 'http2', 'clientCertificateFrom', 'maxCredentialBytes', 'insecureTransport', 'trustProxy', 'forwardedFields', 'throttle', 'policy', 'clock', 'realm', 'bodyParser', 'bodyLimitBytes', 'audit', 'alerts', 'control', 'stores', 'schemes', 'routes', 'keyManagement', 'issuer',
]; // prettier-ignore
const optionsOfAuth = [
  'realm', 'maxCredentialBytes', 'bodyLimitBytes', 'insecureTransport', 'trustProxy', 'forwardedFields', 'clientCertificateFrom', 'throttle',
]; // prettier-ignore
/**
 * Reads the JSON of the conformance program: the names in it are those of the public options.
 * @param hooks takes over the stores of a configuration with `control: true`
 * @param open opens those that `stores` names, where all else is as it should be
 * @returns options of `createAuth` and routes, or every fault, each with its path in the JSON.
 */
export function readConfig(json: unknown, hooks?: StoreHooks, open?: StoreOpener): ConfigResult {
  const faults = new Faults();
  if (!isObject(json))
    return { kind: 'faults', faults: [{ path: '$', reason: 'invalid-option', message: 'must be a JSON object' }] };
  const members = json;
  faults.addUnknown(members, known);
  const control = readFlag('control', members['control'], faults);
  const keysOf = new Map<string, ConfiguredKeys>();
  const tls = readTls(members['tls'], faults);
  const clock = readClock(members['clock'], faults);
  const opened = readStores(members['stores'], { open, clock }, faults);
  const taking = inTurn(opened, control ? hooks : undefined);
  const schemes = readSchemes(members['schemes'], { hooks: taking, sessions: opened?.sessions, keysOf, tls }, faults);
  const memory = {
    replay: createMemoryReplay(),
    rateLimits: createMemoryRateLimits(),
    revocation: createMemoryRevocation(),
  };
  const stores = taking?.shared(memory) ?? memory;
  const policy = readPolicy(members['policy'], clock, faults);
  const options = {
    schemes,
    clock,
    stores,
    ...(policy !== undefined && { policy }),
    ...(readFlag('alerts', members['alerts'], faults) && { alerts: createAlerts() }),
    ...pick(members, optionsOfAuth),
  } as Config['options'];
  const context = { schemes, policy, keysOf, clock: options.clock };
  const named = Object.keys(schemes).length > 0 ? schemes : noSchemes;
  faults.within('', () => checkAuthOptions({ ...options, schemes: named }));
  const manage = readKeyManagement(members['keyManagement'], context, faults);
  const { revocation } = stores;
  const issuing = { hooks: taking, signingKeys: opened?.signingKeys, revocation, clock: options.clock, tls };
  const issuer = readIssuer(members['issuer'], issuing, faults);
  const config: Config = {
    listen: readListen(members['listen'], faults),
    bodyParser: readBodyParser(members['bodyParser'], faults),
    audit: readAudit(members['audit'], opened?.audit, faults),
    control,
    options,
    policy,
    routes: readRoutes(members['routes'], context, faults),
    handlers: (auth) => ({ ...auth.handlers, ...manage(auth), ...issuer.handlers(auth) }),
    issuer,
    tls,
    http2: readFlag('http2', members['http2'], faults),
  };
  if (faults.found.length > 0) tls?.close();
  return faults.found.length > 0 ? { kind: 'faults', faults: faults.found } : { kind: 'config', config };
}

function readPolicy(json: unknown, clock: TestClock, faults: Faults): Policy | undefined {
  if (json === undefined) return undefined;
  // A faulty one is there as a policy that grants nothing, so that what needs one is not called faulty as well.
  return faults.within('policy', () => createPolicy(json as PolicyData, { clock })) ?? createPolicy({}, { clock });
}

function readFlag(name: string, json: unknown, faults: Faults): boolean {
  if (json !== undefined && typeof json !== 'boolean') faults.add(name, 'invalid-option', 'must be true or false');
  return json === true;
}

function readTls(json: unknown, faults: Faults): ServerTls | undefined {
  if (json === undefined) return undefined;
  if (isObject(json)) return faults.within('tls', () => serverTls(json as unknown as ServerTlsOptions));
  faults.add('tls', 'invalid-option', 'must be an object: { "key": "server.key", "cert": "server.pem" }');
  return undefined;
}

function readListen(json: unknown, faults: Faults): Config['listen'] {
  if (json !== undefined && !isObject(json))
    faults.add('listen', 'invalid-option', 'must be an object: { "host": "127.0.0.1", "port": 0 }');
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

function readBodyParser(json: unknown, faults: Faults): BodyParser {
  const places: readonly unknown[] = ['before', 'after', 'none', 'before-lossy'];
  if (json !== undefined && !places.includes(json))
    faults.add('bodyParser', 'invalid-option', `must be one of ${places.map(String).join(', ')}`);
  return (json ?? 'after') as BodyParser;
}
