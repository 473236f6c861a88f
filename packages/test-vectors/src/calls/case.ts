import type { IssuerScript, IssuerStep, JsonObject, RequestedStep } from '../case.js';

/** One case of helpers that are no route: `schema/call-case.schema.json`, which also says what each member means. */
export interface CallCase {
  /** The row, a dot, and the number of the case within the row. */
  readonly id: string;
  /** The rule, as a sentence. */
  readonly title: string;
  /** What the issuer serves from the start. */
  readonly issuer?: IssuerScript;
  readonly steps: readonly CallCaseStep[];
}

/** One thing that happens in a case. */
export type CallCaseStep = CallStep | SignStep | PostedStep | IssuerStep | RequestedStep;

/** A call of a helper, and what must become of it. Later steps find texts of its answer. */
export interface CallStep {
  /** Name of the helper. */
  readonly call: string;
  readonly input: JsonObject;
  readonly expect: ExpectedCall;
  /** Later steps find the answer by this name too. */
  readonly as?: string;
}

/** What must come back of a call. */
export type ExpectedCall =
  | { readonly error: string }
  | {
      /** Members of the answer; of objects those that stand here alone. */
      readonly ok: JsonObject;
      /** Patterns that members of the answer must match. */
      readonly matches?: Readonly<Record<string, string>>;
    };

/** Tokens that the issuer signs, by names of their own: its URL, and what a login sent, are known only while the case runs. */
export interface SignStep {
  readonly sign: Readonly<Record<string, TokenRecipe>>;
}

/** A JWT. Without `key` and `secret` it has no signature. */
export interface TokenRecipe {
  /** Name of a key in `vectors/keys/private.json`. */
  readonly key?: string;
  /** A shared secret as text, for HMAC. */
  readonly secret?: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Patterns that the latest body must match which was posted to a path of the issuer. */
export interface PostedStep {
  readonly posted: Readonly<Record<string, string>>;
}
