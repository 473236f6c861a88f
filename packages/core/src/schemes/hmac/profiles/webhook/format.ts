import type { Failure, HeaderList } from '../../../../contracts/failure.js';

/** What the fields of a delivery say; nothing of it is proved. */
export interface Delivery {
  /** What is signed before the bytes of the body. */
  readonly prefix: string;
  /** HMAC-SHA-256 and, of a sender with a key pair, Ed25519: one of them must be right. */
  readonly signatures: readonly Uint8Array[];
  readonly publicSignatures?: readonly Uint8Array[];
  /** Seconds since the epoch; undefined where the sender signs no time. */
  readonly at?: number;
  /** The same each time that one message is sent. */
  readonly id?: string;
}

/** What a sender makes fields of. */
export interface Outgoing {
  readonly id: string;
  /** Seconds since the epoch, whole. */
  readonly at: number;
  /** One of each live secret. */
  readonly signatures: readonly Uint8Array[];
  /** One of each live private key. */
  readonly publicSignatures: readonly Uint8Array[];
}

/** How a sender writes keys of Ed25519: its own, and what it hands out. */
export interface KeyPairForm {
  readonly publicLooks: string;
  /** 32 bytes; undefined for what is no public key. */
  readonly decodePublic: (text: string) => Uint8Array | undefined;
  readonly isPrivate: (secret: string) => boolean;
  readonly privateLooks: string;
  /** The private half, and the public one; undefined for what is no private key. */
  readonly decodePrivate: (secret: string) => readonly [d: Uint8Array, x: Uint8Array] | undefined;
}

/** How one sender of webhooks signs: HMAC-SHA-256 over a prefix and the body, and its fields. */
export interface WebhookFormat {
  /** Fields in lower case: that of the signature first. One of them is enough for a request to be a delivery. */
  readonly fields: readonly [signature: string, ...others: string[]];
  /** `id`: by the id that is signed; `content`: by what was signed as a whole; `never`: no time is signed. */
  readonly replayBy: 'id' | 'content' | 'never';
  /** Whether one field holds the signatures of several secrets. */
  readonly severalSignatures: boolean;
  readonly secret: {
    readonly looks: string;
    readonly decode?: (secret: string) => Uint8Array | undefined;
  };
  /** Set where a sender may have a key pair of Ed25519. */
  readonly keyPair?: KeyPairForm;
  /** What a delivery is refused with whose fields are none of this sender's. */
  readonly malformed: Failure;
  /** And one that is too old, or too new, or has no time. */
  readonly stale: Failure;
  /** `values`: of each field the one value, in the order of `fields`. */
  read(values: readonly (string | undefined)[]): Delivery | Failure;
  prefixOf(message: Pick<Outgoing, 'id' | 'at'>): string;
  write(message: Outgoing): HeaderList;
}

/** Seconds since the epoch, in digits alone: there is one way to write each. */
export function parseSeconds(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,11})$/.test(text) ? Number(text) : undefined;
}

/** A SHA-256 in lower-case hex, behind what says so. */
export function parseHexAfter(prefix: string, text: string | undefined): Uint8Array | undefined {
  if (text?.startsWith(prefix) !== true) return undefined;
  const hex = text.slice(prefix.length);
  if (!/^[0-9a-f]{64}$/.test(hex)) return undefined;
  return Uint8Array.from({ length: 32 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}
