import type { Json, JsonObject } from '../case.js';

/** The servers that a case has, each at an origin of its own on loopback: `{{api}}`, `{{issuer}}` and `{{other}}` in the data; `{{folder}}` is one of its own. */
export type ServerName = 'api' | 'issuer' | 'other';

/** One row of the client's table, or a part of it. */
export interface ClientCase {
  readonly id: string;
  readonly title: string;
  /** What the client is made with. */
  readonly client: JsonObject;
  /** Further clients by name, for steps that say `by`. */
  readonly also?: Readonly<Record<string, JsonObject>>;
  /** What each server answers: the first rule that fits. `other` answers what `api` does. */
  readonly api?: readonly Rule[];
  readonly issuer?: readonly Rule[];
  readonly steps: readonly ClientStep[];
}

/** An answer, and when it is given. */
export interface Rule {
  readonly when?: WantedRequest;
  /** How often it is used; without it for ever. */
  readonly times?: number;
  readonly answer: ScriptedAnswer;
}

/** `{{n}}` in a text is the number of the request at this server, from 1. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly text?: string;
  /** Fills the body with spaces up to this length. */
  readonly padToBytes?: number;
  /** The connection ends without an answer. */
  readonly cut?: boolean;
  /** Waits until a step releases this name. */
  readonly hold?: string;
}

/** A request as it must be: what is left out does not matter. A field that is null must be absent. */
export interface WantedRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string;
  /** Members of a body that is a form. */
  readonly form?: Readonly<Record<string, string | null>>;
}

/** What is called; one of the last four is the body. */
export interface CaseCall {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly text?: string;
  readonly base64?: string;
  readonly form?: Readonly<Record<string, string>>;
  /** Can be read once. */
  readonly stream?: string;
}

/** What must come back. */
export interface ExpectedOutcome {
  readonly status?: number;
  /** Code of the error, where the call fails. */
  readonly error?: string;
  readonly attempts?: number;
  readonly body?: string;
  /** Members of the error. */
  readonly details?: JsonObject;
}

interface Calls {
  readonly call: CaseCall;
  /** So many at once; default 1. */
  readonly times?: number;
  /** One of the further clients. */
  readonly by?: string;
}

export interface ClientCallStep extends Calls {
  /** One after another instead. */
  readonly inSequence?: boolean;
  readonly expect: ExpectedOutcome;
}

export type ClientStep =
  | ClientCallStep
  /** Calls that go on, under this name, until `finish`. */
  | (Calls & { readonly start: string })
  | { readonly finish: string; readonly expect: ExpectedOutcome }
  | { readonly abort: string }
  /** Waits until a server has had so many requests. */
  | { readonly arrived: Readonly<Partial<Record<ServerName, number>>> }
  | { readonly release: string }
  | { readonly advanceSeconds: number }
  /** Begins to close the client. */
  | { readonly close: true }
  /** Waits until it is closed. */
  | { readonly closed: true }
  /** Writes a file into `{{folder}}`, with spaces up to a length. */
  | { readonly write: string; readonly text: string; readonly padToBytes?: number }
  /** All that each server has had since the case began: how many (or from, to), or each. */
  | { readonly received: Readonly<Partial<Record<ServerName, WantedRequests>>> }
  /** Events since the case began: these, in this order, and others between them. */
  | { readonly events: readonly JsonObject[] }
  | { readonly noEvent: string }
  /** The client is not made: code of the error, or `configuration-error` and where. */
  | { readonly refused: { readonly code: string; readonly path?: string } };

export type WantedRequests = number | { readonly from: number; readonly to: number } | readonly WantedRequest[];
