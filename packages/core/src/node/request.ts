import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
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
    this.headers = new RawHeaders(message.rawHeaders);
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
    return signalOf(this.#message.socket);
  }

  body(): Promise<Uint8Array> {
    return readRawBody(this.#message, this.#settings.bodyLimitBytes);
  }
}

const signals = new WeakMap<Socket, AbortSignal>();

/** Aborts when the connection closes: one listener a connection, however many requests it brings. */
function signalOf(socket: Socket): AbortSignal {
  let signal = signals.get(socket);
  if (signal === undefined) {
    const controller = new AbortController();
    signals.set(socket, (signal = controller.signal));
    if (socket.destroyed) controller.abort();
    else socket.once('close', () => controller.abort());
  }
  return signal;
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

class NodeConnection implements Connection {
  // What TLS adds is not there on a plain socket.
  readonly #socket: Socket & Partial<Pick<TLSSocket, 'encrypted' | 'servername' | 'getPeerCertificate'>>;

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
    return (this.#socket.servername || undefined) as string;
  }

  get peerCertificates(): readonly Uint8Array[] {
    const chain: Uint8Array[] = [];
    let certificate = this.encrypted ? this.#socket.getPeerCertificate?.(true) : undefined;
    // A self-signed certificate is its own issuer; TLS itself bounds the chain.
    while (certificate?.raw !== undefined && !chain.some((known) => certificate!.raw.equals(known))) {
      chain.push(certificate.raw);
      certificate = certificate.issuerCertificate;
    }
    return chain;
  }
}
