import { policyEvent, signalEvent } from '../audit/event.js';
import { readAudit, type AuditOption } from './audit-options.js';
import { all } from '../base/awaitable.js';
import { systemClock } from '../base/clock.js';
import { neverThrowing } from '../base/never-throwing.js';
import { systemRandom } from '../base/random.js';
import { createSlot } from '../base/slot.js';
import type { AlertDetector } from '../contracts/alerts.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { Allow, Decision, Refuse } from '../contracts/decision.js';
import type { Handler } from '../contracts/handler.js';
import type { ServeEndpoint } from '../contracts/endpoint.js';
import type { PolicyEngine } from '../contracts/policy.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Scheme } from '../contracts/scheme.js';
import type { Exact, PrincipalFor, PrincipalsFor, Requirement, Schemes } from '../contracts/requirement.js';
import type { Stores } from '../contracts/stores.js';
import { createAddressSet } from '../http/addresses.js';
import { findClientCertificates, type ClientCertificateForm } from '../http/client-certificate.js';
import { createProblemWriter, type ProblemOptions } from '../http/problem.js';
import { createMetadataHandlers } from '../http/resource-metadata.js';
import type { RequestSettings } from '../http/target-uri.js';
import type { InsecureTransport } from '../http/transport.js';
import type { ForwardedField, TrustedProxies } from '../http/trusted-proxy.js';
import { createMemoryReplay } from '../stores/memory/replay.js';
import { createMemoryRateLimits } from '../stores/memory/rate-limits.js';
import { checkThrottleOptions, type ThrottleOptions } from '../throttle/options.js';
import { SafeRateLimits } from '../throttle/safe-store.js';
import { Throttle } from '../throttle/throttle.js';
import { check, refuseUndeclared, type CheckOptions } from './check.js';
import { createGuard, type Guard } from './guard.js';
import { ProxyWatch } from '../throttle/proxy-watch.js';
import { checkAuthOptions, checkGuardOptions } from './options.js';
import { createRequestRecords } from './request-record.js';
import { serve } from './serve.js';
import { compileRequirement, type Plan } from './requirement.js';
import { SchemeContext } from './scheme-context.js';
import type { OnAllow, Settings } from './settings.js';
import { recordRefusedConnection } from './settle.js';

/** Options of `createAuth`. */
export interface AuthOptions<S extends Schemes = Schemes> {
  /** Ways of proving who calls, by names of your choosing. */
  readonly schemes: S;
  /** Realm in every challenge (RFC 9110 §11.5); default `api`. */
  readonly realm?: string;
  /** Longest credential, in bytes; default 8192. */
  readonly maxCredentialBytes?: number;
  /** Longest body that a scheme may read, in bytes; default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Plain HTTP: default `loopback`, only from peers on this machine. */
  readonly insecureTransport?: InsecureTransport;
  /**
   * Addresses and ranges (CIDR) of the proxies in front: from these alone forwarded fields are believed. Unset: from none.
   */
  readonly trustProxy?: readonly string[];
  /** Which fields of a trusted proxy are read; default `x-forwarded-for` and `x-forwarded-proto`. */
  readonly forwardedFields?: readonly ForwardedField[];
  /**
   * Where the certificates of callers behind a trusted proxy stand: the fields of this form alone, since many a proxy passes a caller's own
   * fields on. A trusted proxy that sends none brings no certificate. Default `tls`: certificates are those of the connection.
   */
  readonly clientCertificateFrom?: ClientCertificateForm;
  /** What several requests, or several processes, must agree on; default: in memory. */
  readonly stores?: Stores;
  /** How much one caller may ask; unset: as much as it likes, but for routes and keys with a `limit` of their own. */
  readonly throttle?: ThrottleOptions;
  /** Who may do what: `createPolicy()` of `@auth/core/policy`, or another engine. For `permissions`, and roles that inherit. */
  readonly policy?: PolicyEngine;
  /** Runs after a pass, may wait, and may still refuse; answers nothing else. */
  readonly onAllow?: OnAllow;
  /**
   * For development: told in words why each request from this machine was refused, such as `console.error`. Callers from
   * elsewhere are never explained, so that it does no harm where it was left in.
   */
  readonly explainRefusals?: (explanation: string) => void;
  /** Where events go: a callback, a sink, several, or these with options: `{ sinks, required: true }`. */
  readonly audit?: AuditOption;
  /** Finds what events say together: `createAlerts()` of `@auth/core/alerts`. Its alerts are further events. */
  readonly alerts?: AlertDetector;
  /** How problem bodies are written. */
  readonly problem?: ProblemOptions;
  /** Told of every error that a scheme, a store or a sink threw: for the operator's log. Default: nobody. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** One guard for an API, whatever framework serves it. */
export interface Auth<S extends Schemes = Schemes> {
  readonly schemes: S;
  /** What the schemes publish, by path, for `mount()` of each adapter: protected resource metadata (RFC 9728). */
  readonly handlers: Readonly<Record<string, Handler>>;
  /**
   * Decides whether a request meets a requirement. Refusals are data; await the decision either way.
   * @throws ConfigurationError for a wrong requirement; what aborted the request.
   */
  check<const R extends Requirement<keyof S & string>>(
    request: AuthRequest,
    requirement: R & Exact<R>,
    options?: CheckOptions,
  ): Awaitable<Decision<PrincipalFor<S, R>, PrincipalsFor<S, R>>>;
  /** Fetches keys and reaches stores, so that the first request need not wait. */
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Writes out what is queued and ends every timer. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  /** Audit events that a sink lost so far. */
  readonly lostEvents: number;
  /** What adapters stand on. */
  readonly forAdapters: AdapterSide;
}

/** The part of `Auth` that an adapter translates to its framework. */
export interface AdapterSide {
  /** @throws ConfigurationError for a wrong requirement. */
  guard(requirement: Requirement, options?: CheckOptions): Guard;
  /** The latest pass of a request, or undefined where no requirement has let it through. */
  allowed(request: AuthRequest | undefined): Allow | undefined;
  /** The refusal of a route that has no requirement, with its event. */
  refuseUndeclared(request: AuthRequest): Refuse;
  /** Serves one request of an endpoint of ours: key management, the issuer. */
  readonly serve: ServeEndpoint;
  readonly requests: RequestSettings;
  /** Writes the event of a handshake that was refused. */
  connectionRefused(refused: { readonly reason: string; readonly address: string | null }): void;
  /** Tells of an error that refuses nobody. Never throws. */
  onError(error: unknown): void;
}

/**
 * Makes a guard of schemes.
 * @throws ConfigurationError with every fault of the options.
 * @example
 * const auth = createAuth({ schemes: { access: jwt({ issuer, audience, jwks }), keys: apiKey({ prefix: 'acme', keys }) } });
 */
export function createAuth<const S extends Schemes>(options: AuthOptions<S>): Auth<S> {
  checkAuthOptions(options);
  const settings = toSettings(options);
  const plans = new WeakMap<object, Plan>();
  const planOf = (requirement: Requirement): Plan => {
    let plan = plans.get(requirement);
    if (plan === undefined)
      plans.set(requirement, (plan = compileRequirement(requirement, options.schemes, options.policy)));
    return plan;
  };
  const partFromPolicy = options.policy?.attach?.({
    issuers: new Set(Object.values(options.schemes).flatMap((scheme) => scheme.issuer ?? [])),
    record: (note) => void settings.audit?.emitter.emit(policyEvent(note, settings)),
    onError: settings.onError,
  });
  const close = async (): Promise<void> => {
    for (const stop of settings.waits) stop();
    partFromPolicy?.();
    try {
      await all(Object.values(options.schemes).map((scheme) => scheme.close?.()));
    } finally {
      options.alerts?.close();
      await settings.audit?.emitter.close();
    }
  };
  const auth: Auth = {
    schemes: options.schemes,
    handlers: createMetadataHandlers(
      Object.entries(options.schemes).flatMap(([name, { resourceMetadata }]) =>
        resourceMetadata === undefined ? [] : [[name, resourceMetadata] as const],
      ),
    ),
    check: (request: AuthRequest, requirement: Requirement, checkOptions: CheckOptions = {}) =>
      check(settings, request, planOf(requirement), checkOptions) as never,
    async ready({ signal } = {}) {
      const caller = { address: null, ...(signal !== undefined && { signal }) };
      const prepare = ([name, scheme]: [string, Scheme]): Awaitable<void> =>
        scheme.ready?.(new SchemeContext(settings, name, caller));
      await all(Object.entries(options.schemes).map(prepare));
    },
    close,
    [Symbol.asyncDispose]: close,
    get lostEvents() {
      return settings.audit?.emitter.lost ?? 0;
    },
    forAdapters: {
      guard: (requirement, guardOptions = {}) => {
        checkGuardOptions(guardOptions);
        return createGuard(settings, planOf(requirement), guardOptions);
      },
      allowed: (request) => request && settings.records(request).allowed,
      refuseUndeclared: (request) => refuseUndeclared(settings, request),
      serve: (request, requirement, work) =>
        serve(settings, request, { plan: requirement === null ? undefined : planOf(requirement), work }),
      requests: settings,
      connectionRefused: (refused) => recordRefusedConnection(settings, refused),
      onError: settings.onError,
    },
  };
  return Object.freeze(auth) as Auth<S>;
}

function toSettings(options: AuthOptions): Settings {
  const onError = neverThrowing(options.onError);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const proxies = toProxies(options);
  const audit = readAudit(options, { onError, clock, random });
  const tell = (reason: string, address: string | null): void =>
    void audit?.emitter.emit(signalEvent(reason, address, { clock, random }));
  const records = createRequestRecords();
  const form = options.clientCertificateFrom ?? 'tls';
  return {
    schemes: options.schemes,
    realm: options.realm ?? 'api',
    limits: { maxCredentialBytes: options.maxCredentialBytes ?? 8192 },
    bodyLimitBytes: options.bodyLimitBytes ?? 2 ** 20,
    insecureTransport: options.insecureTransport ?? 'loopback',
    clock,
    random,
    proxies,
    clientCertificates: (request) => (records(request).certificates ??= findClientCertificates(request, proxies, form)),
    replay: options.stores?.replay ?? createMemoryReplay(),
    revocation: options.stores?.revocation,
    throttle: createThrottle(options, { clock, tell }),
    proxyWatch:
      proxies === undefined && options.throttle !== undefined
        ? new ProxyWatch((address) => tell('proxy-not-configured', address))
        : undefined,
    policy: options.policy,
    onAllow: options.onAllow,
    explainRefusals: options.explainRefusals,
    writeProblem: createProblemWriter(options.problem),
    audit,
    onError,
    records,
    known: createSlot(),
    waits: new Set(),
  };
}

/** A store that is no memory may be down; then the memory of this process takes over. */
function createThrottle(
  { throttle = {}, stores, onError }: AuthOptions,
  { clock, tell }: { readonly clock: Clock; readonly tell: (reason: string, address: string | null) => void },
): Throttle {
  const settings = checkThrottleOptions(throttle);
  const memory = createMemoryRateLimits();
  if (stores?.rateLimits === undefined) return new Throttle(settings, memory, clock);
  const onOutage = (error: unknown): void => {
    neverThrowing(onError)(error);
    tell('limiter-unavailable', null);
  };
  const store = new SafeRateLimits(stores.rateLimits, memory, { failClosed: settings.failClosed, onOutage });
  return new Throttle(settings, store, clock);
}

function toProxies({
  trustProxy = [],
  forwardedFields = ['x-forwarded-for', 'x-forwarded-proto'],
}: AuthOptions): TrustedProxies | undefined {
  return trustProxy.length === 0
    ? undefined
    : { addresses: createAddressSet(trustProxy), fields: new Set(forwardedFields) };
}
