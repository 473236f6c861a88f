import type { Clock } from '@auth/core/signing';

import { ClientError, isClientError } from './client-error.js';
import { redactError } from './redact.js';
import { orAborted } from './wait.js';

/** What of `fetch` is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How requests leave. */
export interface Transport {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Seconds that one answer may take. */
  readonly timeoutSeconds: number;
}

interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** What no error may show. */
  readonly secrets: readonly string[];
}

/**
 * Sends one request and waits for the head of the answer. Redirects are answers.
 * @throws ClientError `network`, `tls`, `invalid-request` or `aborted`
 */
export function send(
  transport: Transport,
  url: URL,
  init: RequestInit,
  { signal, secrets }: SendOptions,
): Promise<Response> {
  return withTimeLimit(transport, signal, async (limited) => {
    try {
      return await transport.fetch(url.href, { ...init, redirect: 'manual', signal: limited });
    } catch (error) {
      throw toClientError(error, secrets);
    }
  });
}

/** Runs work that ends when the caller leaves or the time is over, whether or not it heeds its signal. */
export async function withTimeLimit<T>(
  { clock, timeoutSeconds }: Transport,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const limited = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  const timeout = new ClientError('network', `no answer within ${timeoutSeconds} seconds`);
  const cancel = clock.schedule(clock.now() + timeoutSeconds, () => late.abort(timeout));
  try {
    return await orAborted(work(limited), limited);
  } finally {
    cancel();
  }
}

// Codes of OpenSSL and Node for a certificate or handshake that was refused.
const tlsCode =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_|EPROTO$)/;
// What undici refuses to send.
const refusedCode = /^UND_ERR_(?:INVALID_ARG|REQ_CONTENT_LENGTH_MISMATCH)$/;

function toClientError(error: unknown, secrets: readonly string[]): ClientError {
  if (isClientError(error)) return error;
  const cause = redactError(error, secrets);
  const code = codeOf(error);
  if (tlsCode.test(code)) return new ClientError('tls', `the server's certificate was refused (${code})`, { cause });
  // The platform has no cause for what it does not even try to send.
  const refused = cause.name === 'TypeError' && cause.cause === undefined;
  if (refused || refusedCode.test(code))
    return new ClientError('invalid-request', `the platform does not send this request: ${cause.message}`, { cause });
  return new ClientError('network', `the connection failed${code === '' ? '' : ` (${code})`}`, { cause });
}

/** The first code in a chain of causes. */
function codeOf(error: unknown): string {
  let link = error;
  for (let depth = 0; depth < 5 && typeof link === 'object' && link !== null; depth++) {
    const { code, cause } = link as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code)) return code;
    link = cause;
  }
  return '';
}
