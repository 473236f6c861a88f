/**
 * Header fields as the client sent them (RFC 9110 §5).
 * Names are matched without regard to case; `X_Key` and `X-Key` are different names.
 */
export interface RequestHeaders {
  /** The value of all field lines of this name joined with `, ` (RFC 9110 §5.3), or undefined. */
  get(name: string): string | undefined;
  /** Each field line of this name by itself: two `Authorization` lines are an attack, not a choice. */
  getAll(name: string): readonly string[];
  /** The name of every field, in lower case, once each. */
  names(): readonly string[];
}

/** What is known of the connection that brought the request. */
export interface Connection {
  /** Address of the peer of the socket, or null where the runtime does not tell. */
  readonly remoteAddress: string | null;
  /** Whether the socket itself is encrypted (TLS). */
  readonly encrypted: boolean;
  /** Server name of the TLS handshake (SNI). */
  readonly serverName?: string;
  /** DER certificates that the peer presented, leaf first. Presented, not verified. */
  readonly peerCertificates?: readonly Uint8Array[];
}

/** One request, the same for every framework. There is one for each framework request; it does not change. */
export interface AuthRequest {
  /** As on the wire: `GET`. */
  readonly method: string;
  /** Request target exactly as received, before any router cut or decoded it. */
  readonly target: string;
  /**
   * Target URI as the client meant it, made on first use.
   * @throws FailureError `authority-missing` where no authority is known.
   */
  readonly url: URL;
  readonly headers: RequestHeaders;
  /**
   * The exact bytes received, bounded by `bodyLimitBytes`, still readable by the handler.
   * @throws FailureError `body-too-large`, or `raw-body-unavailable` where a parser before the guard kept nothing.
   */
  body(): Promise<Uint8Array>;
  readonly connection: Connection;
  /** The framework's pattern of the route, `/orders/:id`: for events and limits. */
  readonly route?: string;
  /** The route's path parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
}
