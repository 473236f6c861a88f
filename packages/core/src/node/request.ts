import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import type { AuthRequest, Connection, RequestHeaders } from '../contracts/request.js';
import { findTargetUri, type RequestSettings } from '../http/target-uri.js';
import { readRawBody } from './raw-body.js';

/** What a framework knows of a request beyond `node:http`; each is asked when it is needed. */
export interface RequestView<Req> {
  /** The message under the framework's request. */
  readonly message: (req: Req) => IncomingMessage;
  /** The target as received, where the framework rewrites `url`. */
  readonly target: (req: Req) => string;
  /** The route's pattern. */
  readonly route?: (req: Req) => string | undefined;
  readonly parameters?: (req: Req) => Readonly<Record<string, string>> | undefined;
}

/** The one `AuthRequest` of a message: guards on a router and on a route share what it remembers. */
export function toAuthRequest<Req>(req: Req, view: RequestView<Req>, settings: RequestSettings): AuthRequest {
  const message = view.message(req);
  let request = settings.known.get(message);
  if (request === undefined) settings.known.set(message, (request = new NodeRequest(req, message, view, settings)));
  return request;
}

class NodeRequest<Req> implements AuthRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: RequestHeaders;
  readonly connection: Connection;
  readonly #req: Req;
  readonly #message: IncomingMessage;
  readonly #view: RequestView<Req>;
  readonly #settings: RequestSettings;
  #url: URL | undefined;

  constructor(req: Req, message: IncomingMessage, view: RequestView<Req>, settings: RequestSettings) {
    this.method = message.method ?? '';
    this.target = view.target(req);
    this.headers = new RawHeaders(
      message.httpVersionMajor >= 2 ? asFieldLines(message.rawHeaders) : message.rawHeaders,
    );
    this.connection = new NodeConnection(message);
    this.#req = req;
    this.#message = message;
    this.#view = view;
    this.#settings = settings;
  }

  get url(): URL {
    return (this.#url ??= findTargetUri(this, this.#settings.proxies));
  }

  /** What the request names as its host. */
  get authority(): string | undefined {
    return this.headers.get('host');
  }

  get route(): string {
    return this.#view.route?.(this.#req) as string;
  }

  get parameters(): Readonly<Record<string, string>> {
    return this.#view.parameters?.(this.#req) as Readonly<Record<string, string>>;
  }

  get signal(): AbortSignal {
    return signalOf('stream' in this.#message ? (this.#message.stream as Duplex) : this.#message.socket);
  }

  body(): Promise<Uint8Array> {
    return readRawBody(this.#message, this.#settings.bodyLimitBytes);
  }
}

const signals = new WeakMap<Duplex, AbortSignal>();

/** Aborts when the connection closes, or the stream of HTTP/2: one listener for each, however many requests it brings. */
function signalOf(socket: Duplex): AbortSignal {
  let signal = signals.get(socket);
  if (signal === undefined) {
    const controller = new AbortController();
    signals.set(socket, (signal = controller.signal));
    if (socket.destroyed) controller.abort();
    else socket.once('close', () => controller.abort());
  }
  return signal;
}

/**
 * What HTTP/2 has, as HTTP/1.1 says it (RFC 9113 §8.3.1): `:authority` is a `Host` line, a second one where `Host` names another; cookies that
 * came apart are one line (§8.2.3); other pseudo-fields are no fields.
 */
function asFieldLines(raw: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const cookies: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (name === ':authority') lines.push('host', value);
    else if (name === 'cookie') cookies.push(value);
    else if (!name.startsWith(':')) lines.push(name, value);
  }
  if (cookies.length > 0) lines.push('cookie', cookies.join('; '));
  return withoutSecondHost(lines);
}

/** Twice the same authority is one. */
function withoutSecondHost(lines: readonly string[]): readonly string[] {
  const [first, second, ...more] = lines.flatMap((name, i) => (i % 2 === 0 && name === 'host' ? [i] : []));
  if (first === undefined || second === undefined || more.length > 0) return lines;
  const same = lines[first + 1]?.toLowerCase() === lines[second + 1]?.toLowerCase();
  return same ? lines.toSpliced(second, 2) : lines;
}

/** Reads `rawHeaders`: `headers` keeps only the first of two `Authorization` lines and joins others. */
class RawHeaders implements RequestHeaders {
  readonly #lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  get(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(', ');
  }

  getAll(name: string): readonly string[] {
    const values: string[] = [];
    const wanted = name.toLowerCase();
    for (let i = 0; i < this.#lines.length; i += 2) {
      const candidate = this.#lines[i] ?? '';
      if (candidate.length === wanted.length && candidate.toLowerCase() === wanted)
        values.push(this.#lines[i + 1] ?? '');
    }
    return values;
  }

  names(): readonly string[] {
    return [...new Set(this.#lines.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()))];
  }
}

// What TLS adds is not there on a plain socket.
type AnySocket = Socket & Partial<Pick<TLSSocket, 'encrypted' | 'servername' | 'getPeerCertificate'>>;

/** Read once a connection: it shows its certificate in the handshake, and there is no second one. */
const chains = new WeakMap<Socket, readonly Uint8Array[]>();

function readChain(socket: AnySocket): readonly Uint8Array[] {
  const chain: Buffer[] = [];
  let certificate = socket.encrypted === true ? socket.getPeerCertificate?.(true) : undefined;
  // A self-signed certificate is its own issuer; TLS itself bounds the chain.
  while (certificate?.raw !== undefined && !chain.some((known) => certificate!.raw.equals(known))) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

/**
 * What a server of `node:http`, `node:https` or `node:http2` knows of the connection of a request: for the handler of `@auth/core/fetch`, which
 * cannot see it.
 * @example handler(request, connectionOf(message))
 */
export function connectionOf(message: IncomingMessage): Connection {
  const { remoteAddress, encrypted, serverName, peerCertificates } = new NodeConnection(message);
  return { remoteAddress, encrypted, peerCertificates, ...(serverName !== undefined && { serverName }) };
}

class NodeConnection implements Connection {
  readonly #socket: AnySocket;

  constructor(message: IncomingMessage) {
    this.#socket = message.socket;
  }

  get remoteAddress(): string | null {
    return this.#socket.remoteAddress ?? null;
  }

  get encrypted(): boolean {
    return this.#socket.encrypted === true;
  }

  get serverName(): string {
    // `false` where the handshake named none.
    return (this.#socket.servername || undefined) as string;
  }

  get peerCertificates(): readonly Uint8Array[] {
    let chain = chains.get(this.#socket);
    if (chain === undefined) chains.set(this.#socket, (chain = readChain(this.#socket)));
    return chain;
  }
}
