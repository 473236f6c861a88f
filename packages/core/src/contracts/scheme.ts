import type { EventAnnotations } from './audit-event.js';
import type { Awaitable } from './awaitable.js';
import type { Clock } from './clock.js';
import type { Answer } from './decision.js';
import type { Failure, HeaderList } from './failure.js';
import type { Principal } from './principal.js';
import type { AuthRequest, ClientCertificates } from './request.js';
import type { RateLimit } from './stores.js';

/**
 * What a scheme does with one kind of binding (RFC 7800): `off` refuses a bound credential, `allow` takes it with its proof, and
 * `require` refuses those that are not bound as well.
 */
export type ConfirmationMode = 'off' | 'allow' | 'require';

/** Sizes that hold before anything is decoded. */
export interface Limits {
  /** Longest credential, in bytes; a longer one is `credential-too-large`. */
  readonly maxCredentialBytes: number;
}

/** Finds the certificates of the caller, once a request: a failure where a trusted proxy tells them in a way that cannot be read. */
export type CertificateReader = (request: AuthRequest) => ClientCertificates | Failure;

/** What a waiting step gets. */
export interface Context {
  readonly clock: Clock;
  /** Address of the caller, behind the proxies that are trusted; null where nobody knows. */
  readonly clientAddress: string | null;
  /** Behind the proxies that are trusted too. */
  readonly clientCertificates: CertificateReader;
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
  /**
   * Takes what may be used once: true the first time, in all processes that share the replay store. What a request has taken stays
   * its own: a second guard, or another scheme, is told the same.
   * @throws DependencyError where the store is down or full.
   */
  readonly useOnce: (use: OneUse) => Awaitable<boolean>;
  /**
   * Whether a token was revoked, as the revocation store knows.
   * @throws DependencyError where the store is down, or there is none.
   */
  readonly isRevoked: (token: RevocableToken) => Awaitable<boolean>;
  /** Takes what the operator should see beside what becomes of the request; becomes an event with the outcome `alert`. Never throws. */
  readonly alert?: (alert: Alert) => void;
  /** Told of an error that refuses nobody, such as a refresh that failed while known keys serve. Never throws. */
  readonly onError?: (error: unknown) => void;
}

/** Something that is good once. */
export interface OneUse {
  /** What kind of thing, so that kinds do not meet: `dpop`. */
  readonly kind: string;
  /** Whose: the thumbprint of the key, the `keyid`. Each owner has bounds of its own. */
  readonly owner: string;
  /** What is used, unique for its owner: the `jti`, the nonce. */
  readonly id: string;
  /** Seconds since the epoch, until which it would pass by its time: from then on it may be forgotten. */
  readonly until: number;
}

/** A token, as far as revocations tell: from claims that were verified. */
export interface RevocableToken {
  readonly issuer: string | null;
  /** `jti`. */
  readonly tokenId?: unknown;
  /** `sid`. */
  readonly session?: unknown;
  readonly subject?: unknown;
  readonly clientId?: unknown;
  /** Seconds since the epoch; where it is missing the token counts as older than everything. */
  readonly issuedAt?: unknown;
}

/** Something to look into, such as a private key in a set of public ones. */
export interface Alert {
  /** Stable, kebab-case: `private-key-published`. */
  readonly reason: string;
  readonly issuer: string | null;
  /** The `kid` of the key concerned. */
  readonly keyid?: string;
}

/** A Security Scheme Object (OpenAPI 3.1). */
export type SecurityScheme =
  | {
      readonly type: 'apiKey';
      readonly in: 'header' | 'cookie' | 'query';
      readonly name: string;
      readonly description?: string;
    }
  | { readonly type: 'http'; readonly scheme: string; readonly bearerFormat?: string; readonly description?: string }
  | { readonly type: 'mutualTLS'; readonly description?: string }
  | { readonly type: 'openIdConnect'; readonly openIdConnectUrl: string; readonly description?: string };

/**
 * One way of proving who calls.
 *
 * `extract` judges format alone: no store, no cryptography, and at once unless the scheme reads the body. `verify` proves. `challenge` tells the caller what
 * to send. What a scheme throws is refused as `internal-error` (a `DependencyError` as `dependency-unavailable`).
 */
export interface Scheme<Type extends string = string, Claims extends object = object, C = unknown> {
  readonly type: Type;
  /** Set where every principal of this scheme comes from this one issuer: then its subjects compare with our own. */
  readonly issuer?: string;
  /** Mode by `cnf` member: `{ jkt: 'allow', 'x5t#S256': 'off' }`. The guard confirms, so that no scheme can forget it. */
  readonly confirmation?: Readonly<Record<string, ConfirmationMode>>;
  /**
   * Set where some credentials of this scheme have no form of their own (`rest` of `Extracted`): the field that they stand in. Two
   * schemes of one requirement cannot both have it: nothing would decide between them.
   */
  readonly takesRestOf?: string;
  /** What the scheme says of the API that it guards (RFC 9728): served by `auth.handlers`. */
  readonly resourceMetadata?: ResourceMetadata;
  /** How OpenAPI describes it, where its type does not say. */
  readonly securityScheme?: SecurityScheme;
  /** One for each member whose mode is not `off`, with the settings of this scheme. */
  readonly confirmers?: readonly Confirmer[];
  /** @param clientCertificates given by the guard, for schemes that look at the certificates of the caller */
  extract(request: AuthRequest, limits: Limits, clientCertificates?: CertificateReader): Awaitable<Extracted<C>>;
  verify(credentials: C, request: AuthRequest, context: Context): Awaitable<Verified<Claims>>;
  /**
   * Whether credentials that were proved are good still: asked every few seconds while a connection lasts (`ended`). Takes nothing that is good
   * once. Unset: they are good until `expiresAt`.
   */
  recheck?(credentials: C, request: AuthRequest, context: Context): Awaitable<Verified<Claims> | undefined>;
  /**
   * `realm` is that of `createAuth`, unless the scheme has one of its own. `request` is the one that is refused: which of several
   * challenges says the error may depend on how its credentials came.
   */
  challenge(realm: string, failure?: Failure, request?: AuthRequest): Challenge;
  /** Signs the response to a request that this scheme has proved; answers the header lines to add. */
  signResponse?(response: Answer, request: AuthRequest, context: Pick<Context, 'clock'>): Awaitable<HeaderList>;
  /** Fetches keys, reaches stores: awaited by `auth.ready()`. */
  ready?(context: Context): Awaitable<void>;
  /** Flushes and ends every timer: awaited by `auth.close()`. */
  close?(): Awaitable<void>;
}

/** Protected resource metadata (RFC 9728 §2), as they are published. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly [member: string]: unknown;
}

/** Header lines for a refusal, and a status where the scheme's standard asks for another than 401. */
export interface Challenge {
  readonly status?: number;
  readonly headers: HeaderList;
}

/**
 * What stands in the fields that a scheme reads.
 * - `absent`: nothing.
 * - `foreign`: something that is not this scheme's; refused with its failure where no other scheme of the route takes it.
 * - `credentials`: well formed, still untrusted.
 * - a failure: this scheme's, and malformed.
 */
export type Extracted<C> =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'foreign';
      readonly field: string;
      readonly failure: Failure;
      /** It says that it is this scheme's, which does not take it: a scheme that takes what is left must not take it either. */
      readonly claimed?: true;
    }
  | {
      readonly kind: 'credentials';
      /** Where they stood: `authorization`, `x-api-key`. */
      readonly field: string;
      readonly credentials: C;
      /**
       * Text that names these credentials: the whole token or key, the user name; never a low-entropy secret, since its
       * hash stands in audit events and limits.
       */
      readonly identifier: string;
      /** The subject that they name, unproved, in the form in which it is looked up: guesses at it are counted. */
      readonly claimedSubject?: string;
      /** They have no form of their own: another scheme of the route that knows the form of what stands in this field goes before. */
      readonly rest?: true;
    }
  | Failure;

export type VerifiedPrincipal<Claims extends object = object> = Omit<Principal<Claims>, 'scheme' | 'type'>;

export type Verified<Claims extends object = object> =
  | {
      readonly kind: 'verified';
      readonly principal: VerifiedPrincipal<Claims>;
      readonly headers?: HeaderList;
      /** Of this credential alone, in place of `throttle.perCredential`. */
      readonly limit?: RateLimit;
      /** For the audit event. */
      readonly annotations?: EventAnnotations;
    }
  | Failure;

/** Proves possession for one member of `cnf` (RFC 7800). Every member needs one; a member that nobody handles is refused. */
export interface Confirmer {
  readonly member: string;
  /**
   * Whether the request proves what the member names. Asked of every credential of its scheme, since one that is not bound may
   * have come as if it were.
   * @param value of the member, of whatever type; undefined where the credential is not bound in this way
   */
  confirm(value: unknown, principal: Principal, request: AuthRequest, context: Context): Awaitable<Confirmed | Failure>;
}

/** Possession was shown, or there was nothing to show. */
export interface Confirmed {
  readonly kind: 'confirmed';
  /** For the answer of the handler. */
  readonly headers?: HeaderList;
  /** For the audit event. */
  readonly annotations?: EventAnnotations;
}
