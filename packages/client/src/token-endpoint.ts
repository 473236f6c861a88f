import { discard, readJsonObject } from './bounded-read.js';
import { ClientError, type ClientErrorCode } from './client-error.js';
import { redact } from './redact.js';
import { parseRetryAfter } from './retry.js';
import { parseTokenResponse, type TokenResponse } from './token-response.js';
import { send, withTimeLimit, type Transport } from './transport.js';

/** One request to a token endpoint (RFC 6749 §3.2). */
export interface TokenRequest {
  readonly endpoint: URL;
  readonly form: URLSearchParams;
  /** Client authentication that is no parameter of the form. */
  readonly authorization?: string;
  /** A DPoP proof (RFC 9449 §5): then the token must be one that is bound to its key. */
  readonly dpop?: string;
  /** Sees the fields of every answer. */
  readonly onAnswer?: (headers: Headers) => void;
  /** What no error may show, in every form in which it is sent. */
  readonly secrets: readonly string[];
}

/**
 * Asks a token endpoint, as `postForm`.
 * @throws ClientError as that, and `token-response` where the answer is unusable, `token-type-downgrade`
 */
export function post(transport: Transport, request: TokenRequest, signal: AbortSignal): Promise<TokenResponse> {
  const wanted = request.dpop === undefined ? 'Bearer' : 'DPoP';
  const read = async (response: Response): Promise<TokenResponse> =>
    parseTokenResponse(await readJsonObject(response), wanted);
  return postForm(transport, request, { signal, read });
}

interface Reading<T> {
  readonly signal: AbortSignal;
  /** Of an answer with 200. */
  readonly read: (response: Response) => Promise<T>;
}

/**
 * Posts a form to an endpoint of an issuer. It follows no redirect and reads at most 128 KiB, and takes no longer than any other request.
 * @throws ClientError `token-endpoint` where the issuer failed or refused (`invalid-grant`), `token-response`, `tls`
 */
export function postForm<T>(transport: Transport, request: TokenRequest, { signal, read }: Reading<T>): Promise<T> {
  const { endpoint, form, authorization, dpop, secrets } = request;
  return withTimeLimit(transport, signal, async (limited) => {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization !== undefined && { authorization }),
      ...(dpop !== undefined && { dpop }),
    };
    const init = { method: 'POST', headers, body: form.toString() };
    const response = await send(transport, endpoint, init, { signal: limited, secrets });
    request.onAnswer?.(response.headers);
    if (response.status === 200) return read(response);
    throw await readRefusal(response, secrets, transport.clock.now());
  }).catch((error: ClientError) => {
    throw asIssuerError(error, 'token-endpoint');
  });
}

/** A connection to an issuer that failed is the issuer's failure: whoever calls the API asked for no such connection. */
export function asIssuerError(error: ClientError, code: ClientErrorCode): ClientError {
  if (error.code !== 'network') return error;
  return new ClientError(code, `the issuer cannot be reached: ${error.message}`, { cause: error });
}

async function readRefusal(response: Response, secrets: readonly string[], now: number): Promise<ClientError> {
  const { status, headers } = response;
  if (status < 300) {
    await discard(response);
    return new ClientError('token-response', `the token endpoint answered ${status} instead of 200 (RFC 6749 §5.1)`);
  }
  const isRedirect = status < 400;
  if (isRedirect) await discard(response);
  const { error, error_description: description } = (isRedirect ? undefined : await readJsonObject(response)) ?? {};
  const said = [error, description].flatMap((text) => (typeof text === 'string' ? [redact(text, secrets)] : []));
  const retryAfterSeconds = parseRetryAfter(headers.get('retry-after'), now);
  return new ClientError(
    // RFC 6749 §5.2: what the token was to be got by is not good, and will not be: it ended, or was revoked.
    error === 'invalid_grant' ? 'invalid-grant' : 'token-endpoint',
    `the token endpoint answered ${[status, isRedirect ? 'a redirect, which is not followed' : '', ...said].filter(Boolean).join(': ')}`,
    {
      ...(typeof error === 'string' && { oauthError: redact(error, secrets) }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  );
}
