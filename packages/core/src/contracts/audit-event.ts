import type { SecurityAlert } from './alerts.js';
import type { Awaitable } from './awaitable.js';
import type { Code } from './failure.js';

/** What happened, told apart by `kind`. Further kinds (`log`) come later in the same envelope. */
export type AuditEvent =
  | AttemptEvent
  | PolicyEvent
  | CredentialEvent
  | KeyEvent
  | SignalEvent
  | ConnectionEvent
  | AlertEvent;

/** An event that has no place among the others yet. */
export type Unnumbered<E extends AuditEvent> = E extends AuditEvent ? Omit<E, 'sequence'> : never;

/** What every event has. */
interface Envelope {
  readonly version: 1;
  readonly id: string;
  /** Counts up from 1 in one `createAuth`: orders events, whatever the clock did meanwhile. */
  readonly sequence: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
}

/** Something about the keys of an issuer, or of a client of it, that somebody should look into. */
export interface KeyEvent extends Envelope {
  readonly kind: 'key';
  readonly outcome: 'alert';
  /** `private-key-published`, `symmetric-key-published`, `weak-key-published`, `jwks-empty`, `private-key-sent`. */
  readonly reason: string;
  readonly scheme: string;
  readonly issuer: string | null;
  /** The `kid`, where it is one key that this is about. */
  readonly keyid: string | null;
}

/** A connection that never came to be: its handshake was refused, and no request with it. */
export interface ConnectionEvent extends Envelope {
  readonly kind: 'connection';
  readonly outcome: 'refuse';
  /** `certificate-required`, `certificate-untrusted`, `certificate-expired`, `certificate-revoked`, `tls-version`. */
  readonly reason: string;
  readonly scheme: null;
  readonly issuer: null;
  /** Of the peer of the socket. */
  readonly address: string | null;
}

/** Something about the whole that somebody should look into; no single request is to blame for it. */
export interface SignalEvent extends Envelope {
  readonly kind: 'signal';
  readonly outcome: 'alert';
  /** `proxy-not-configured`, `limiter-unavailable`; `audit-events-lost`, to a sink that works again. */
  readonly reason: string;
  readonly address: string | null;
  /** How many events a sink has missed. */
  readonly count?: number;
}

/** What a policy decided when a handler asked it and it refused, or what became of the policy itself (an alert). */
export interface PolicyEvent extends Envelope {
  readonly kind: 'policy';
  readonly outcome: 'allow' | 'refuse' | 'error' | 'alert';
  /** `policy-rejected`, `policy-replaced`, or why it was refused. */
  readonly reason: string;
  readonly scheme: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly resource: { readonly type: string | null; readonly id: string | null } | null;
  readonly permissions?: readonly EventPermission[];
  readonly unknownRoles?: readonly string[];
  /** What was wrong with a policy that was not taken: places and reasons. */
  readonly faults?: readonly { readonly path: string; readonly reason: string }[];
}

/** What a policy said of one permission. */
export interface EventPermission {
  readonly permission: string;
  /** `error` where a condition failed; that refuses. */
  readonly outcome: 'allow' | 'refuse' | 'error';
  readonly reason: string;
  /** What decided: ids or places of rules. */
  readonly rules: readonly string[];
  /** By which of the principal's roles. */
  readonly roles?: readonly string[];
  /** What a policy in the shadow would have said, where that differs. */
  readonly shadow?: EventPermission;
}

/** What several events say together, as `createAuth({ alerts })` finds it. */
export interface AlertEvent extends Envelope, Omit<SecurityAlert, 'time'> {
  readonly kind: 'alert';
  readonly outcome: 'alert';
}

/** One attempt, whatever became of it. Holds no credential, no header value but the user agent, no query. */
export interface AttemptEvent extends RequestEvent {
  readonly kind: 'attempt';
  /** Null where the request was let through. */
  readonly code: Code | null;
  /** Status of the refusal; null where the handler answers. */
  readonly status: number | null;
}

/**
 * Something that an endpoint of ours did to a credential, or refused to do in a form of its own: keys made and revoked, tokens
 * issued, asked about and revoked. What the guard refuses before is an attempt.
 */
export interface CredentialEvent extends RequestEvent {
  readonly kind: 'credential';
  /** `oauth:invalid_client` where the answer is an error of OAuth 2.0 (RFC 6749 §5.2); null else. */
  readonly code: `oauth:${string}` | null;
  /** Status of the answer; null of an alert. */
  readonly status: number | null;
  /** What it was done to; null where it came to nothing. */
  readonly target: EventTarget | null;
}

/** The credential that an event is about: never itself. */
export interface EventTarget {
  readonly type: 'api-key' | 'access-token' | 'refresh-token' | 'authorization-code';
  /** The id of a key, the `jti` of an access token, the family of a refresh token. */
  readonly id: string | null;
  /** Whose it is. */
  readonly subject?: string;
  /** What else should be known: `reused` of a successor that was answered again. */
  readonly note?: string;
}

/** What every event of a request has. */
interface RequestEvent extends Envelope {
  /** `error` is our fault or a dependency's; `alert` marks a further event beside that of the request. */
  readonly outcome: 'allow' | 'refuse' | 'error' | 'alert';
  /** Finer than `code`, and never told to the caller. */
  readonly reason: string;
  /** The scheme that proved, or failed; null where none had a part in it. */
  readonly scheme: string | null;
  readonly issuer: string | null;
  /** Proved; null on a refusal before proof. */
  readonly subject: string | null;
  /**
   * Whom the credentials of a refusal named, unproved; null where they name nobody. A name that nobody is known to have may be a password in
   * the wrong field: it stands as `hash:` and 12 hex digits under a key of this process, unless `unverifiedSubjects` is `clear`.
   */
  readonly claimedSubject: string | null;
  readonly clientId: string | null;
  readonly credentialId: string | null;
  /** First 12 hex digits of a labelled SHA-256 of what names the credential. */
  readonly fingerprint: string | null;
  /** Everyone who was proved, where there are several. */
  readonly principals?: readonly {
    readonly scheme: string;
    readonly issuer: string | null;
    readonly subject: string;
  }[];
  /** Each failure by scheme, where there are several. */
  readonly failures?: readonly { readonly scheme: string; readonly reason: string }[];
  readonly address: string | null;
  readonly device: Device;
  readonly method: string;
  /** The framework's pattern, where it is known. */
  readonly route: string | null;
  /** Path as received, without the query. */
  readonly path: string;
  /** Set where a key was used that has a successor: it is good until `graceEndsAt` (RFC 3339). */
  readonly rotatedKey?: true;
  readonly graceEndsAt?: string;
  /** Set where a bearer token came with a DPoP proof, which proved nothing and was not looked at. */
  readonly dpopProofIgnored?: true;
  /** Signatures of the message: those that were verified, and those by keys that are not known here, which proved nothing. */
  readonly signatures?: readonly EventSignature[];
  /** What the policy said of each permission that was asked. */
  readonly permissions?: readonly EventPermission[];
  /** Roles of the principal that the policy does not know. */
  readonly unknownRoles?: readonly string[];
  readonly durationMs: number;
  /** Equals `instance` of the problem body. */
  readonly instance?: string;
}

/** One signature of a message (RFC 9421), as the message names it. */
export interface EventSignature {
  readonly label: string;
  readonly keyid: string | null;
  readonly verified: boolean;
}

/** What the caller says of itself; cut at 512 code points. */
export interface Device {
  readonly userAgent: string | null;
}

/** What a scheme has to say of a pass, for the event. */
export type EventAnnotations = Pick<AttemptEvent, 'rotatedKey' | 'graceEndsAt' | 'dpopProofIgnored' | 'signatures'>;

/**
 * Where events go. What it throws or rejects is counted as a loss and never reaches a request, unless the audit is `required`: then a request
 * whose event has not arrived within a second is refused with 503.
 */
export interface AuditSink {
  /** Takes an event. A promise resolves when it has arrived where it lasts; writes go on meanwhile, in order, up to a thousand at once. */
  write(event: AuditEvent): Awaitable<void>;
  /** Resolves when everything written before has arrived. */
  flush?(): Awaitable<void>;
  close?(): Awaitable<void>;
}
