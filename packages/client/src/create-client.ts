import { createExchange, type ClientExchange, type OutgoingCall } from './client-exchange.js';
import { checkClientOptions, type ClientOptions } from './options.js';
import { assertVerifiedTls } from './secure-url.js';
import { createFetch, type ClientFetch } from './skins/fetch.js';
import { Pipeline, type CallReport, type Outcome } from './pipeline.js';
import type { Call } from './call.js';
import { ClientError } from './client-error.js';

/** Calls one API with credentials that stay at its origin. Its functions can be taken out: none needs `this`. */
export interface Client extends AsyncDisposable {
  readonly origin: string;
  /** As the platform's `fetch`, for a path or a URL of the origin. */
  readonly fetch: ClientFetch;
  /** Begins a call that somebody else sends: the interceptor for undici and the hooks for other libraries stand on it. */
  readonly begin: (call: OutgoingCall) => ClientExchange;
  /** What is known of an answer of this client: how often it was sent, the scopes that it asks for. */
  readonly findReport: (response: Response) => CallReport | undefined;
  /** Refuses further calls, waits for those under way, and ends all else. */
  readonly close: () => Promise<void>;
}

/**
 * Makes a client for one API.
 *
 * Checks, before anything is sent: that the target is of exactly this origin, that no field can be split, that the caller sets no
 * field that the strategy writes, that certificates are verified. After it: redirects, challenges, `Retry-After`.
 * Does not check: whether an answer is a success. Every status is handed out, but for a redirect that is refused and a step-up.
 * @throws ConfigurationError with every fault of the options; ClientError where they are unsafe
 * @example
 * const api = createClient({ origin: 'https://api.example', auth: apiKey({ key }) });
 * const response = await api.fetch('/orders', { signal });
 * await api.close();
 */
export function createClient(options: ClientOptions): Client {
  const settings = checkClientOptions(options);
  const { origin, auth, emit, clock, random, tokens, binding, serverClock, transport, allowInsecureHttp } = settings;
  const authenticator = auth.connect({
    transport,
    clock,
    random,
    tokens,
    emit,
    binding,
    serverClock,
    allowInsecureHttp,
  });
  const reports = new WeakMap<Response, CallReport>();
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const assertOpen = (): void => {
    if (closing !== undefined) throw new ClientError('client-closed', 'this client was closed');
    assertVerifiedTls(settings.allowInsecureTls);
  };
  const run = async (read: () => Call): Promise<Response> => {
    assertOpen();
    const outcome: Promise<Outcome> = new Pipeline(settings, authenticator, read()).run();
    underWay.add(outcome);
    try {
      const { response, report } = await outcome;
      reports.set(response, report);
      return response;
    } finally {
      underWay.delete(outcome);
    }
  };
  const close = (): Promise<void> =>
    (closing ??= Promise.allSettled(underWay).then(async () => authenticator.close?.()));

  return Object.freeze({
    origin,
    fetch: createFetch(run, { origin, fields: [...auth.fields, ...(settings.sign?.fields ?? [])] }),
    begin: (call: OutgoingCall) => {
      assertOpen();
      // Whoever signs must have the bytes that are sent.
      if (settings.sign !== undefined)
        throw new ClientError('body-not-signable', 'a client that signs sends by its own fetch');
      // And whoever verifies, the bytes that came.
      if (settings.verifyResponses !== undefined)
        throw new ClientError('response-invalid', 'a client that verifies answers sends by its own fetch');
      return createExchange(settings, authenticator, call);
    },
    findReport: (response: Response) => reports.get(response),
    close,
    [Symbol.asyncDispose]: close,
  });
}
