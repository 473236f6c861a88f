/** What an API wants beyond a new token of the same kind. */
export type Challenge =
  /** Further scopes (RFC 6750 §3.1): a 403. */
  | { readonly kind: 'insufficient-scope'; readonly scopes: readonly string[] }
  /** A stronger or fresher sign-in (RFC 9470 §3): a 401. */
  | { readonly kind: 'step-up'; readonly acrValues: readonly string[]; readonly maxAgeSeconds?: number };

/** `retry`: the credentials are other ones now, so send it once more; `fail`: with a typed error; `keep`: hand the answer out. */
export type Reaction = 'retry' | 'fail' | 'keep';
