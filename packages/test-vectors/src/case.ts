/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** An object that JSON can say. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** What a case is run through: the framework that the server under test is built with. */
export type Host = 'express' | 'fastify' | 'koa' | 'nest' | 'nest-fastify' | 'fetch';

/** One case of a row of the catalogue: `schema/case.schema.json`, which also says what each member means. */
export interface Case {
  /** The row, a dot, and the number of the case within the row. */
  readonly id: string;
  /** The rule, as a sentence. */
  readonly title: string;
  /** Name of the configuration of the server. */
  readonly configuration: string;
  /** What the issuer serves from the start: then the case has an issuer and a server of its own. */
  readonly issuer?: IssuerScript;
  /** What happens, one after another. Absent where `expectStart` is there. */
  readonly steps?: readonly Step[];
  /** The configuration must be refused, with this fault among those named. */
  readonly expectStart?: { readonly refused: { readonly reason: string; readonly path: string } };
  /** Hosts through which the case cannot be seen, each with the reason. */
  readonly except?: Readonly<Partial<Record<Host, string>>>;
}

/** One thing that happens in a case. */
export type Step =
  | RequestStep
  | RefusedStep
  | ProofStep
  | ControlStep
  | FilesStep
  | IssuerStep
  | RequestedStep
  | ReceivedStep
  | AlertsStep;

/** A request, and what must become of it. */
export interface RequestStep {
  readonly request: CaseRequest;
  /** A list holds alternatives. */
  readonly expect: Expectation | readonly Expectation[];
  /** So many at once, each of which must come to what is expected. */
  readonly times?: number;
  /** Sent again, until it comes to what is expected, for so long. */
  readonly withinMs?: number;
  /** Of these, how many must have come to each status. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Field lines of the answer, lower-case name by the name under which later steps find it as `{{kept:NAME}}`. Each must come once. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** Signs a DPoP proof, for what only the server knows before (RFC 9449 §4.2). Later steps find it as `{{proof:NAME}}`. */
export interface ProofStep {
  readonly proof: {
    readonly name: string;
    /** Of `vectors/keys/private.json`: one for ES256. */
    readonly key: string;
    /** The access token that it goes with: its hash becomes `ath`. Left out: none. */
    readonly token?: string;
    /** All other claims. */
    readonly claims: JsonObject;
  };
}

/** A request that never gets an answer: the handshake fails, or the server breaks off. */
export interface RefusedStep {
  readonly refused: CaseRequest;
  /** The one event; null where there must be none. */
  readonly audit: Pick<ExpectedEvent, 'outcome' | 'reason'> | null;
}

/** Replaces files of the configuration, each by one of `vectors/keys/certificates.json`, or takes them away. */
export interface FilesStep {
  readonly files: Readonly<Record<string, string | null>>;
}

/** A command to the server under test; null only looks. Later steps find the latest member of a name in its answers as `{{control:NAME}}`. */
export interface ControlStep {
  readonly control: JsonObject | null;
  readonly expect?: ExpectedControl;
}

/** From here on the issuer answers otherwise for these paths. */
export interface IssuerStep {
  readonly issuer: IssuerScript;
}

/** How often each path of the issuer must have been asked for since the case began: so often, or from so often to so often. */
export interface RequestedStep {
  readonly requested: Readonly<Record<string, number | readonly [least: number, most: number]>>;
}

/** The latest request that the issuer was sent for each path. */
export interface ReceivedStep {
  readonly received: Readonly<Record<string, ExpectedReceived>>;
}

/** Members of a request to the issuer; those left out are not compared. */
export interface ExpectedReceived {
  readonly method?: string;
  /** With its query. */
  readonly target?: string;
  /** By lower-case name; null for one that must be absent. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The parameters of the form in its body, in order, all of them. */
  readonly form?: readonly (readonly [name: string, value: string])[];
}

/** The alerts that the server must have written since it started, in order. */
export interface AlertsStep {
  readonly alerts: readonly ExpectedAlert[];
}

/** Members of an event with the outcome `alert`; those left out are not compared. */
export interface ExpectedAlert {
  readonly reason: string;
  readonly scheme?: string | null;
  readonly issuer?: string | null;
  readonly keyid?: string | null;
  readonly clientId?: string | null;
  readonly subject?: string | null;
  readonly address?: string | null;
  /** How many equal ones it stands for. */
  readonly count?: number;
  /** What was seen. */
  readonly details?: JsonObject;
  /** What it is about, of an issuer. */
  readonly target?: JsonObject | null;
}

/** What must come back from the control channel. */
export interface ExpectedControl {
  /** Left out: 200. */
  readonly status?: 200 | 400;
  /** Members of the answer; those left out are not compared. */
  readonly answer?: JsonObject;
  /** Texts that the answer may not show. */
  readonly hides?: readonly string[];
}

/** What the issuer answers, by path; 404 for all others. */
export type IssuerScript = Readonly<Record<string, IssuerAnswer>>;

/** One answer of the issuer, good or hostile. */
export interface IssuerAnswer {
  /** Left out: 200. */
  readonly status?: number;
  /** Field lines; left out: `Content-Type: application/json`. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** The body: a JWK set of public keys, by their names in `vectors/keys/public.json`. */
  readonly keys?: readonly string[];
  /** Or any JSON. */
  readonly json?: Json;
  /** Or as text. */
  readonly text?: string;
  /** Spaces follow the body until it has so many bytes. */
  readonly padToBytes?: number;
  /** The body goes compressed (RFC 9110 §8.4.1.3). */
  readonly gzip?: true;
  /** Waits so long before it answers. */
  readonly delayMs?: number;
  /** One byte of the body at a time, so long apart. */
  readonly dripMs?: number;
  /** `answer`: nothing is sent. `body`: the first half of the body is sent, and then nothing. The connection stays open. */
  readonly never?: 'answer' | 'body';
  /** The connection is cut before an answer. */
  readonly cut?: true;
}

/** A request, with placeholders. Has either `headers` or `raw`. */
export interface CaseRequest {
  readonly method: string;
  /** As it goes into the request line. */
  readonly target: string;
  /** Field lines in order; code points 0 to 255, each one byte. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Sent as UTF-8. */
  readonly body?: string;
  /** How the connection is made. Left out: plain, or TLS without a certificate, as the server's URL has it. */
  readonly connection?: CaseConnection;
  /** The exact bytes instead: code points 0 to 255, each one byte. Of others with `Expect: 100-continue` the body waits for 100. */
  readonly raw?: string;
}

/** How a connection is made, and kept. */
export interface CaseConnection {
  /** Shows this certificate of `vectors/keys/certificates.json`, with its chain. */
  readonly certificate?: string;
  /** The newest version of TLS that is offered. */
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  /** Named in the handshake (SNI). Left out: none, since the URL has an address. */
  readonly serverName?: string;
  /** Speaks HTTP/2. */
  readonly http2?: true;
  /** Of HTTP/2: names go as they are written, and not in lower case. For requests that get no answer. */
  readonly literalNames?: true;
  /** The server must show this certificate of the suite. */
  readonly serverCertificate?: string;
  /** Stays open under this name, and serves the requests of later steps that name it. */
  readonly keep?: string;
  /** Resumes the session of the connection before of this name; it must be resumed. */
  readonly resume?: string;
}

/** What must hold of an answer and of the events. */
export interface Expectation {
  readonly status: number;
  /** The value of each WWW-Authenticate field line, in order. */
  readonly challenges: readonly string[];
  /** Code of the problem body, or `oauth:ERROR` of an OAuth 2.0 error (RFC 6749 §5.2); null where neither refuses. */
  readonly code: string | null;
  /** What the route answers: null for nobody. Absent where the route is not reached. */
  readonly principal?: ExpectedPrincipal | null;
  /** What an endpoint answers, in the place of a route: `none` for an empty body. */
  readonly body?: ExpectedBody;
  /** Texts that neither the answer nor an event may show. */
  readonly hides?: readonly string[];
  /** Absent: the principal alone, or nobody. */
  readonly principals?: readonly ExpectedPrincipal[];
  /** The body as the handler may have it in the place of the bytes: a parser read it, and it was written again. */
  readonly parsedBody?: string;
  /** Further fields by lower-case name; null for one that must be absent. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Whether 100 Continue came before the answer; left out: not compared. */
  readonly continued?: boolean;
  /** The one event; null where there must be none. */
  readonly audit: ExpectedEvent | null;
}

/** A JSON object that an endpoint answers. */
export type ExpectedBody =
  | 'none'
  | {
      /** Members, compared whole. */
      readonly has?: JsonObject;
      readonly lacks?: readonly string[];
      /** Texts that stand anywhere in it. */
      readonly shows?: readonly string[];
      /** There are no others than those of `has` and `tokens`. */
      readonly only?: true;
      /** Signed tokens by member, and what must stand in each; signatures are not looked at. */
      readonly tokens?: Readonly<
        Record<
          string,
          { readonly header?: JsonObject; readonly claims?: JsonObject; readonly lacks?: readonly string[] }
        >
      >;
    };

/** A principal as the route of a server under test writes it, members in this order. */
export interface ExpectedPrincipal {
  readonly scheme: string;
  readonly issuer: string | null;
  readonly subject: string;
  readonly clientId: string | null;
  readonly credentialId: string | null;
  readonly confirmation: JsonObject | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly claims: JsonObject;
}

/** Members of an audit event; those left out are not compared. */
export interface ExpectedEvent {
  readonly outcome: 'allow' | 'refuse' | 'error';
  readonly reason: string;
  readonly scheme?: string | null;
  readonly subject?: string | null;
  /** Whom the credentials of a refusal name, unproved. */
  readonly claimedSubject?: string | null;
  readonly clientId?: string | null;
  readonly credentialId?: string | null;
  readonly fingerprint?: string | null;
  readonly address?: string | null;
  /** What the caller says of itself. */
  readonly device?: { readonly userAgent: string | null };
  /** The template of the route. */
  readonly route?: string | null;
  /** Counts the events of a server from 1. */
  readonly sequence?: number;
  /** What an endpoint did it to. */
  readonly target?: JsonObject | null;
  /** What the policy said of each permission that was asked. */
  readonly permissions?: readonly JsonObject[];
  /** Roles that the policy does not know. */
  readonly unknownRoles?: readonly string[];
  /** Of a pass with a key that has a successor. */
  readonly rotatedKey?: true;
  /** Until when that key is good (RFC 3339). */
  readonly graceEndsAt?: string;
  /** Signatures of the message, those of others too. */
  readonly signatures?: readonly JsonObject[];
  /** Of a pass by a bearer token beside which a DPoP proof stood. */
  readonly dpopProofIgnored?: true;
}

/** What a server is set up with: `schema/configuration.schema.json`. */
export interface Configuration {
  readonly clock: { readonly at: string };
  readonly realm?: string;
  readonly insecureTransport?: 'refuse' | 'loopback' | 'allow';
  readonly trustProxy?: readonly string[];
  readonly forwardedFields?: readonly string[];
  readonly maxCredentialBytes?: number;
  readonly throttle?: JsonObject;
  /** Tells alerts of what events say together. */
  readonly alerts?: boolean;
  readonly policy?: JsonObject;
  readonly bodyParser?: 'before' | 'after' | 'none' | 'before-lossy';
  readonly bodyLimitBytes?: number;
  /** An issuer of access tokens. */
  readonly issuer?: JsonObject;
  /** Where API keys are managed, by whom. */
  readonly keyManagement?: JsonObject;
  /** The server takes commands while it runs. Then each case has a server of its own. */
  readonly control?: boolean;
  /** Names of files come as `{{file:NAME}}`. */
  readonly tls?: JsonObject;
  readonly http2?: boolean;
  readonly clientCertificateFrom?: string;
  readonly schemes: Readonly<Record<string, JsonObject>>;
  readonly routes: readonly JsonObject[];
}

/** Status and texts of a public code. */
export interface CodeRow {
  readonly status: number;
  readonly oauthError: string | null;
  readonly title: string;
}
