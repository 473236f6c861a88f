import {
  Faults,
  systemClock,
  systemRandom,
  type Awaitable,
  type Clock,
  type RandomSource,
  type TokenCache,
} from '@auth/core/signing';

import type { Challenge, Reaction } from './challenge.js';
import type { ClientTls } from './client-tls.js';
import type { ClientEvent, ClientEventDetails } from './client-event.js';
import type { Redirects } from './redirect.js';
import type { Retry } from './retry.js';
import { ServerClock } from './server-clock.js';
import type { Signer } from './signers/signer.js';
import type { ResponseVerifier } from './signed-response.js';
import { assertSecureUrl, assertVerifiedTls } from './secure-url.js';
import type { Strategy } from './strategy.js';
import { createMemoryTokens } from './tokens/store.js';
import type { Fetch, Transport } from './transport.js';

/** Options of `createClient`. */
export interface ClientOptions {
  /** Scheme, host and port that credentials never leave: `https://api.example`. Plain http to this machine only. */
  readonly origin: string;
  /** How calls get their credentials. */
  readonly auth: Strategy;
  /** Signs every request, after its credentials: `httpSignature`, `awsSigV4`, `standardWebhooks`. */
  readonly sign?: Signer;
  /**
   * Verifies every answer before it is handed out: `createMessageVerifier({ keys, required })` of `@auth/core/signing`. One that is not signed
   * so, or is longer than 16 MiB, fails with `response-invalid`.
   */
  readonly verifyResponses?: ResponseVerifier;
  readonly retry?: Retry;
  /** Default `refuse`. */
  readonly redirects?: Redirects;
  /** Where tokens are kept; default: in memory, those of this client. Several clients may share one. */
  readonly tokenCache?: TokenCache;
  /** Seconds for the head of each answer, and for each answer of an issuer: more than 0, at most 3600; default 30. */
  readonly timeoutSeconds?: number;
  /** Told what happens beside the answers. What it throws is lost. */
  readonly onEvent?: (event: ClientEvent) => void;
  /** Told what the API wants beyond a new token: says whether to send the call once more. Default: a step-up fails, a 403 is handed out. */
  readonly onChallenge?: (challenge: Challenge) => Awaitable<Reaction | undefined>;
  /** Lets secrets go over plain http to other machines, where everybody on the way reads them. */
  readonly allowInsecureHttp?: boolean;
  /** Goes on although NODE_TLS_REJECT_UNAUTHORIZED=0 has switched the verification of certificates off. */
  readonly allowInsecureTls?: boolean;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** Connections with a certificate of this client: `await createTlsAgent({ … })` of `@auth/client/tls`. Close it after the client. */
  readonly tls?: ClientTls;
  /** What sends requests; default the platform's `fetch`. */
  readonly fetch?: Fetch;
}

/** Options of `createClient`, checked and filled in. */
export interface ClientSettings {
  readonly origin: string;
  readonly auth: Strategy;
  readonly retry: Required<Retry>;
  readonly redirects: Redirects;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly transport: Transport;
  readonly allowInsecureHttp: boolean;
  readonly allowInsecureTls: boolean;
  readonly emit: (event: ClientEventDetails) => void;
  readonly onChallenge: ClientOptions['onChallenge'];
  readonly tokens: TokenCache;
  readonly binding: () => string;
  readonly serverClock: ServerClock;
  readonly sign: Signer | undefined;
  readonly verifyResponses: ResponseVerifier | undefined;
}

const known = [
  'origin', 'auth', 'sign', 'verifyResponses', 'retry', 'redirects', 'tokenCache', 'timeoutSeconds', 'onEvent', 'onChallenge', 'allowInsecureHttp', 'allowInsecureTls', 'clock',
  'random', 'tls', 'fetch',
]; // prettier-ignore
const insecure = ['allowInsecureHttp', 'allowInsecureTls'] as const;
const modes: readonly Redirects[] = ['refuse', 'same-origin'];

/**
 * @throws ConfigurationError with every fault of the options; ClientError `insecure-url`, `credentials-in-url` or `insecure-tls` where
 * they are well formed, and unsafe
 */
export function checkClientOptions(options: ClientOptions): ClientSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const url = readOrigin(options.origin, faults);
  checkParts(options, faults);
  const retry = checkRetry(options.retry, faults);
  faults.throwIfAny();
  const { clock = systemClock, random = systemRandom, timeoutSeconds = 30, redirects = 'refuse', onEvent } = options;
  const { allowInsecureHttp = false, allowInsecureTls = false, tls } = options;
  const { fetch = tls?.fetch ?? globalThis.fetch } = options;
  assertSecureUrl('origin', url!, allowInsecureHttp);
  assertVerifiedTls(allowInsecureTls);
  const emit = createEmitter(clock, onEvent);
  for (const option of insecure) if (options[option] === true) emit({ kind: 'insecure-option', option });
  return {
    origin: url!.origin,
    auth: options.auth,
    retry,
    redirects,
    clock,
    random,
    // Called as a function: the platform's fetch wants no other `this`.
    transport: { fetch: (target, init) => fetch(target, init), clock, timeoutSeconds },
    allowInsecureHttp,
    allowInsecureTls,
    emit,
    serverClock: new ServerClock(clock, emit),
    sign: options.sign,
    verifyResponses: options.verifyResponses,
    onChallenge: options.onChallenge,
    tokens: options.tokenCache ?? createMemoryTokens(),
    binding: () => tls?.identity ?? '',
  };
}

function readOrigin(origin: unknown, faults: Faults): URL | undefined {
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname + url.search + url.hash !== '/')
    faults.add('origin', 'invalid-option', 'must be scheme, host and port: "https://api.example"');
  return url;
}

function checkParts(options: ClientOptions, faults: Faults): void {
  const { auth, redirects = 'refuse', timeoutSeconds = 30, clock = systemClock } = options;
  if (typeof auth !== 'object' || auth === null || typeof auth.connect !== 'function' || !Array.isArray(auth.fields))
    faults.add('auth', 'invalid-option', 'must be a strategy: clientCredentials({ … }), or none()');
  if (!modes.includes(redirects)) faults.add('redirects', 'invalid-option', `must be one of ${modes.join(', ')}`);
  if (typeof timeoutSeconds !== 'number' || !(timeoutSeconds > 0 && timeoutSeconds <= 3600))
    faults.add('timeoutSeconds', 'invalid-option', 'must be a number of seconds, more than 0 and at most 3600');
  if (typeof clock?.now !== 'function' || typeof clock.schedule !== 'function')
    faults.add('clock', 'invalid-option', 'must be a Clock');
  const { sign, tls, verifyResponses } = options;
  if (verifyResponses !== undefined && typeof verifyResponses?.verify !== 'function')
    faults.add('verifyResponses', 'invalid-option', 'must come from createMessageVerifier of @auth/core/signing');
  if (sign !== undefined && (typeof sign?.sign !== 'function' || !Array.isArray(sign.fields)))
    faults.add('sign', 'invalid-option', 'must be a signer: httpSignature({ … })');
  if (tls !== undefined && (typeof tls?.fetch !== 'function' || typeof tls.identity !== 'string'))
    faults.add('tls', 'invalid-option', 'must come from createTlsAgent of @auth/client/tls');
  if (tls !== undefined && options.fetch !== undefined)
    faults.add('fetch', 'invalid-option', 'must not stand beside tls, which sends by its own');
  const { find, save, remove } = (options.tokenCache ?? createMemoryTokens()) as Partial<TokenCache>;
  if ([find, save, remove].some((part) => typeof part !== 'function'))
    faults.add(
      'tokenCache',
      'invalid-option',
      'must be a TokenCache: createFileTokens({ … }) of @auth/client/file-tokens',
    );
  for (const name of ['random', 'fetch', 'onEvent', 'onChallenge'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      faults.add(name, 'invalid-option', 'must be a function');
  for (const name of insecure)
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      faults.add(name, 'invalid-option', 'must be true or false');
}

function checkRetry(retry: Retry | undefined, faults: Faults): Required<Retry> {
  const { attempts = 2, maxWaitSeconds = 30 } = retry ?? {};
  faults.within('retry', () => {
    const found = new Faults();
    if (retry === null || (retry !== undefined && typeof retry !== 'object'))
      found.add('attempts', 'invalid-option', 'must stand in an object: { attempts: 2 }');
    else found.addUnknown(retry ?? {}, ['attempts', 'maxWaitSeconds']);
    if (!Number.isInteger(attempts) || attempts < 1 || attempts > 10)
      found.add('attempts', 'invalid-option', 'must be a whole number from 1 to 10');
    if (typeof maxWaitSeconds !== 'number' || !(maxWaitSeconds >= 0 && maxWaitSeconds <= 3600))
      found.add('maxWaitSeconds', 'invalid-option', 'must be a number of seconds from 0 to 3600');
    found.throwIfAny();
  });
  return { attempts, maxWaitSeconds };
}

function createEmitter(clock: Clock, onEvent: ClientOptions['onEvent']): ClientSettings['emit'] {
  if (onEvent === undefined) return () => undefined;
  return (details) => {
    try {
      onEvent(Object.freeze({ version: 1, time: new Date(clock.now() * 1000).toISOString(), ...details }));
    } catch {
      // A listener that fails must not become the caller's answer.
    }
  };
}
