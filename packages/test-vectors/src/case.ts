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
  /** Requests to one server, one after another. Absent where `expectStart` is there. */
  readonly steps?: readonly Step[];
  /** The configuration must be refused, with this fault among those named. */
  readonly expectStart?: { readonly refused: { readonly reason: string; readonly path: string } };
  /** Hosts through which the case cannot be seen, each with the reason. */
  readonly except?: Readonly<Partial<Record<Host, string>>>;
}

/** A request, and what must become of it. */
export interface Step {
  readonly request: CaseRequest;
  /** A list holds alternatives. */
  readonly expect: Expectation | readonly Expectation[];
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
  /** The exact bytes instead: code points 0 to 255, each one byte. */
  readonly raw?: string;
}

/** What must hold of an answer and of the events. */
export interface Expectation {
  readonly status: number;
  /** The value of each WWW-Authenticate field line, in order. */
  readonly challenges: readonly string[];
  /** Code of the problem body; null where the guard did not refuse. */
  readonly code: string | null;
  /** What the route answers: null for nobody. Absent where the route is not reached. */
  readonly principal?: ExpectedPrincipal | null;
  /** Absent: the principal alone, or nobody. */
  readonly principals?: readonly ExpectedPrincipal[];
  /** Further fields by lower-case name; null for one that must be absent. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The one event; null where there must be none. */
  readonly audit: ExpectedEvent | null;
}

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
  readonly credentialId?: string | null;
}

/** What a server is set up with: `schema/configuration.schema.json`. */
export interface Configuration {
  readonly clock: { readonly at: string };
  readonly realm?: string;
  readonly insecureTransport?: 'refuse' | 'loopback' | 'allow';
  readonly maxCredentialBytes?: number;
  readonly schemes: Readonly<Record<string, JsonObject>>;
  readonly routes: readonly JsonObject[];
}

/** Status and texts of a public code. */
export interface CodeRow {
  readonly status: number;
  readonly oauthError: string | null;
  readonly title: string;
}
