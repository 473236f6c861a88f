import { concatBytes } from '../base/bytes.js';
import type { AuthRequest, Connection, RequestHeaders } from '../contracts/request.js';
import { FailureError } from '../errors/failure-error.js';
import { failure } from '../errors/failures.js';
import { findTargetUri, type RequestSettings } from '../http/target-uri.js';

/**
 * What a `Request` does not tell of its connection; the runtime knows. Left out: no address, and encrypted where the URL
 * says `https:`.
 */
export interface FetchConnection extends Partial<Connection> {
  /** The router's pattern of the route: for events and limits. */
  readonly route?: string;
  /** Its path parameters, for a guard with `resource`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The one `AuthRequest` of a `Request`. */
export function toAuthRequest(
  request: Request,
  connection: FetchConnection | undefined,
  settings: RequestSettings,
): AuthRequest {
  let known = settings.known.get(request);
  if (known === undefined) settings.known.set(request, (known = new FetchRequest(request, connection, settings)));
  return known;
}

/** Sees what `Request` shows: repeated field lines come joined, dot segments resolved. */
class FetchRequest implements AuthRequest {
  readonly method: string;
  readonly headers: RequestHeaders;
  readonly connection: Connection;
  readonly signal: AbortSignal;
  readonly route?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly #request: Request;
  readonly #settings: RequestSettings;
  #url: URL | undefined;
  #body: Promise<Uint8Array> | undefined;

  constructor(request: Request, connection: FetchConnection | undefined, settings: RequestSettings) {
    this.#request = request;
    this.#settings = settings;
    this.method = request.method;
    this.signal = request.signal;
    this.headers = new FetchHeaders(request.headers);
    const { route, parameters, ...known } = connection ?? {};
    this.connection = { remoteAddress: null, encrypted: request.url.startsWith('https:'), ...known };
    if (route !== undefined) this.route = route;
    if (parameters !== undefined) this.parameters = parameters;
  }

  get url(): URL {
    return (this.#url ??= findTargetUri(this, this.#settings.proxies));
  }

  /** The runtime has made the URL of what the request names. */
  get authority(): string {
    return new URL(this.#request.url).host;
  }

  get target(): string {
    return this.#request.url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '') || '/';
  }

  body(): Promise<Uint8Array> {
    return (this.#body ??= readBody(this.#request, this.#settings.bodyLimitBytes));
  }
}

class FetchHeaders implements RequestHeaders {
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  getAll(name: string): readonly string[] {
    const value = this.#headers.get(name);
    return value === null ? [] : [value];
  }

  names(): readonly string[] {
    return [...new Set(this.#headers.keys())];
  }
}

/** Reads a copy, so that the handler reads the body itself. */
async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  if (request.bodyUsed) {
    throw new FailureError(
      failure('raw-body-unavailable'),
      'the body was read before the guard: put the guard first, or hand on request.clone()',
    );
  }
  const reader = request.clone().body!.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(chunks, length);
    chunks.push(value);
    length += value.length;
    if (length > limit) {
      // Not awaited: the copy waits for the other half, which nobody reads.
      reader.cancel().catch(() => undefined);
      throw new FailureError(failure('body-too-large'));
    }
  }
}
