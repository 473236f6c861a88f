/** Who calls, proved. Only a verifier makes one. */
export interface Principal<Claims extends object = object, Name extends string = string, Type extends string = string> {
  /** The user's name of the scheme that proved it. Set by the guard. */
  readonly scheme: Name;
  /** The scheme's type: `jwt`, `apiKey`. Set by the guard. */
  readonly type: Type;
  /** A subject is a name inside its issuer; null for our own keys, passwords and certificates. */
  readonly issuer: string | null;
  readonly subject: string;
  readonly clientId?: string;
  /** Which credential: the `jti` of a token, the id of a key. */
  readonly credentialId?: string;
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** What the credential itself permits, beside what the policy grants to its roles. */
  readonly permissions?: ReadonlySet<string>;
  readonly claims: Claims;
  /** Seconds since the epoch. */
  readonly issuedAt?: number;
  /** Seconds since the epoch: when the credential ends. */
  readonly expiresAt?: number;
  /** `cnf` (RFC 7800): the credential is worth nothing without its key. */
  readonly confirmation?: Readonly<Record<string, unknown>>;
  readonly tenant?: string;
  readonly session?: string;
  readonly assurance?: Assurance;
  /** Later: RFC 8693 `act`. */
  readonly actors?: readonly Actor[];
  /** Later: transaction tokens. */
  readonly transaction?: string;
}

/** Claims of a credential that carries none. */
export type NoClaims = Record<never, never>;

/** How strongly and when the person was authenticated (RFC 9470, OpenID Connect Core §2). */
export interface Assurance {
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** Seconds since the epoch (`auth_time`). */
  readonly authenticatedAt?: number;
}

export interface Actor {
  readonly issuer: string | null;
  readonly subject: string;
  readonly type?: string;
}
