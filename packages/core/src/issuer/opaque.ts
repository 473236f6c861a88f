import { crypto } from '#crypto';

import { decodeBase64url, encodeBase64url } from '../base/base64.js';
import { toUtf8 } from '../base/bytes.js';
import { constantTimeEqual } from '../base/constant-time.js';
import type { RandomSource } from '../contracts/clock.js';

// Opaque tokens: a name under which the store finds them, and a secret, each 256 random bits. The store holds hashes of both.
const secretBytes = 32;
const form = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/;

/** What a client holds, taken apart. */
export interface OpaqueToken {
  /** Stays the same in all tokens of a family. */
  readonly name: string;
  readonly secret: string;
}

export const makeSecret = (random: RandomSource): string => encodeBase64url(random(secretBytes));

export const formatOpaque = ({ name, secret }: OpaqueToken): string => `${name}.${secret}`;

export function parseOpaque(text: string): OpaqueToken | undefined {
  const [, name, secret] = form.exec(text) ?? [];
  return name === undefined || secret === undefined ? undefined : { name, secret };
}

/** Under what the store keeps it, or what it is called in tokens. Labelled, so that no kind of token is found as another. */
export const keyOf = (kind: 'refresh' | 'code' | 'session' | 'request', name: string): string =>
  hash(`auth:${kind}:${name}`);

export const hashSecret = (secret: string): string => hash(`auth:secret:${secret}`);

/** Whether a secret is the one of which a hash is kept. */
export function isSecretOf(secret: string, kept: string): boolean {
  return constantTimeEqual(toUtf8(hashSecret(secret)), toUtf8(kept));
}

const hash = (text: string): string => encodeBase64url(crypto.sha256(toUtf8(text)));

/**
 * Hides a secret so that another one opens it, by the same step: a one-time pad of a hash of that other, which has 256 random bits and is replaced
 * once. Whoever reads the store has neither.
 */
export function seal(secret: string, opener: string): string {
  return encodeBase64url(pad(decodeBase64url(secret) ?? new Uint8Array(secretBytes), opener));
}

function pad(bytes: Uint8Array, opener: string): Uint8Array {
  const key = crypto.sha256(toUtf8(`auth:seal:${opener}`));
  return bytes.map((byte, index) => byte ^ key[index]!);
}

/** As `seal`, of a whole opaque token. */
export function sealToken({ name, secret }: OpaqueToken, opener: string): OpaqueToken {
  return { name: seal(name, `name:${opener}`), secret: seal(secret, `secret:${opener}`) };
}

/** JSON of the store; it is ours, but whoever can write there must not make us crash. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
