import type { Awaitable } from './awaitable.js';
import type { Principal } from './principal.js';
import type { AuthRequest } from './request.js';
import type { Scheme } from './scheme.js';

/** One scheme, and what is asked of whoever it proves. */
export interface Ask<Name extends string = string> {
  readonly scheme: Name;
  /** All of these (RFC 6749 §3.3). */
  readonly scopes?: readonly string[];
  /** One of these. */
  readonly roles?: readonly string[];
  /** All of these, by the policy. */
  readonly permissions?: readonly string[];
  /** One of these authentication contexts (RFC 9470). */
  readonly acr?: readonly string[];
  /** Longest time since the person authenticated, in seconds (RFC 9470). */
  readonly maxAgeSeconds?: number;
}

type Form = 'scheme' | 'anyOf' | 'allOf' | 'optional' | 'public' | 'resolve';
/** One form at a time: the members of the others must be absent. */
type Only<Own extends Form> = { readonly [K in Exclude<Form, Own>]?: never };

/** What a route asks. Plain data, so that it can be listed, exported and tested. */
export type Requirement<Name extends string = string> =
  | (Ask<Name> & Only<'scheme'>)
  | ({ readonly anyOf: readonly Requirement<Name>[] } & Only<'anyOf'>)
  | ({ readonly allOf: readonly Requirement<Name>[]; readonly sameSubject?: boolean } & Only<'allOf'>)
  | ({ readonly allOf: Readonly<Record<string, Requirement<Name>>>; readonly sameSubject?: boolean } & Only<'allOf'>)
  | ({ readonly optional: Requirement<Name> } & Only<'optional'>)
  | ({ readonly public: true } & Only<'public'>)
  | ({
      readonly resolve: (request: AuthRequest) => Awaitable<Requirement<Name>>;
      readonly covers: readonly Requirement<Name>[];
    } & Only<'resolve'>);

type Known = keyof Ask | 'anyOf' | 'allOf' | 'sameSubject' | 'optional' | 'public' | 'resolve' | 'covers';
/** A `Requirement` read from a file: nothing is known of its form. */
type Wide<R> = [{ readonly public: true }] extends [R]
  ? [R] extends [{ readonly public: true }]
    ? false
    : true
  : false;
type ExactList<L> = L extends readonly [] ? never : { readonly [I in keyof L]: Exact<L[I]> };

/** `R & Exact<R>`: a misspelt member does not compile at any depth (excess property checks do not reach a type parameter). */
export type Exact<R> = {
  readonly [K in keyof R]: K extends 'anyOf' | 'allOf' | 'covers'
    ? ExactList<R[K]>
    : K extends 'optional'
      ? Exact<R[K]>
      : K extends Known
        ? R[K]
        : never;
};

/** Schemes by the user's names. `verify` is a method, compared bivariantly, so that schemes of all credentials fit one record. */
export type Schemes = Readonly<Record<string, Scheme>>;

/** The principal that a scheme of this name proves; a union for a union of names. */
export type PrincipalByName<S extends Schemes, N> = N extends keyof S & string
  ? S[N] extends Scheme<infer Type, infer Claims>
    ? Principal<Claims, N, Type>
    : never
  : never;

/** `principal` of a decision: what a requirement proves. */
export type PrincipalFor<S extends Schemes, R> =
  Wide<R> extends true
    ? PrincipalByName<S, keyof S> | null
    : R extends { scheme: infer N }
      ? PrincipalByName<S, N>
      : R extends { anyOf: infer L extends readonly unknown[] }
        ? PrincipalFor<S, L[number]>
        : R extends { allOf: infer L extends readonly unknown[] }
          ? PrincipalFor<S, L[0]>
          : R extends { allOf: infer L }
            ? PrincipalFor<S, L[keyof L]>
            : R extends { optional: infer Q }
              ? PrincipalFor<S, Q> | null
              : R extends { public: true }
                ? null
                : R extends { covers: infer L extends readonly unknown[] }
                  ? PrincipalFor<S, L[number]>
                  : never;

type Each<T> = T extends readonly (infer E)[] ? E : T[keyof T];

/** `principals` of a decision: a tuple for `allOf`, by name for a named one, a list for `anyOf`. */
export type PrincipalsFor<S extends Schemes, R> =
  Wide<R> extends true
    ? readonly PrincipalByName<S, keyof S>[]
    : R extends { allOf: infer L }
      ? { readonly [I in keyof L]: PrincipalFor<S, L[I]> }
      : R extends { anyOf: infer L extends readonly unknown[] }
        ? readonly Each<PrincipalsFor<S, L[number]>>[]
        : R extends { optional: infer Q }
          ? PrincipalsFor<S, Q> | readonly []
          : R extends { public: true }
            ? readonly []
            : R extends { scheme: unknown }
              ? readonly [PrincipalFor<S, R>]
              : readonly NonNullable<PrincipalFor<S, R>>[];
