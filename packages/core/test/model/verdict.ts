/*
 * What the model is told of a request, and what it answers.
 */

/** Why something is refused: for the caller, and for the event. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

/** Who was proved. */
export interface Person {
  readonly scheme: string;
  readonly issuer: string | null;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** What the credential permits beside its roles. */
  readonly permissions: readonly string[];
  readonly acr?: string;
  readonly authenticatedAt?: number;
  /** Set where the credential is worth nothing without a key that nobody has shown. */
  readonly unconfirmed?: Refusal;
}

/** What a request has for one scheme. `prove` says whose it is at this moment, and is asked only once the format of all is right. */
export type Found =
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed'; readonly why: Refusal }
  | { readonly kind: 'thrown' }
  | { readonly kind: 'foreign'; readonly field: string; readonly why: Refusal }
  | { readonly kind: 'credentials'; readonly field: string; readonly prove: () => Person | Refusal };

/** All that a decision depends on beside the requirement. */
export interface Situation {
  readonly now: number;
  /** What is wrong with the request itself, whoever sent it. */
  readonly wrong: Refusal | undefined;
  readonly found: Readonly<Record<string, Found>>;
  /** Schemes all of whose principals come from one issuer. */
  readonly ofOneIssuer: ReadonlySet<string>;
  readonly policy: Readonly<
    Record<string, { readonly inherits: readonly string[]; readonly permissions: readonly string[] }>
  >;
  /** What `onAllow` answers. */
  readonly lastWord: (principal: Person | null) => Refusal | undefined;
  readonly hideForbidden: boolean;
}

export type Principals = readonly (Person | null)[] | Readonly<Record<string, Person | null>>;

export type Verdict =
  | {
      readonly kind: 'allow';
      readonly reason: string;
      readonly principal: Person | null;
      readonly principals: Principals;
      readonly proved: readonly Person[];
    }
  | {
      readonly kind: 'refuse';
      readonly reason: string;
      readonly code: string;
      readonly status: number;
      readonly challenges: readonly Challenge[];
    };

/** Which scheme is named to the caller, and the reason that its challenge was given, if any. */
export type Challenge = readonly [scheme: string, error: string | null];
