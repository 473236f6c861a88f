import { crypto } from '#crypto';

import { toUtf8 } from '../base/bytes.js';
import { constantTimeEqual } from '../base/constant-time.js';
import { parseTime } from '../base/time.js';
import type { Faults } from '../errors/faults.js';

/** One of several secrets that are good at the same time, while they are rotated. */
export interface ClientSecret {
  /** For events. */
  readonly id: string;
  readonly secret: string;
  /** Seconds since the epoch, or RFC 3339 text; good while now is before it. */
  readonly expiresAt?: number | string;
}

/** Secrets of a client. */
export interface SecretOptions {
  /** At least 32 random characters: it is compared, not hashed slowly. */
  readonly clientSecret?: string;
  readonly clientSecrets?: readonly ClientSecret[];
}

/** As it is kept. */
export interface HashedSecret {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly expiresAt: number;
}

/** Adds every fault to `faults`; none shows a secret. */
export function readSecrets(
  { clientSecret, clientSecrets = [] }: SecretOptions,
  faults: Faults,
): readonly HashedSecret[] {
  const all = clientSecret === undefined ? clientSecrets : [{ id: 'secret', secret: clientSecret }, ...clientSecrets];
  return all.flatMap(({ id, secret, expiresAt }: ClientSecret, index) => {
    const end = expiresAt === undefined ? Infinity : parseTime(expiresAt);
    if (typeof secret === 'string' && secret !== '' && typeof id === 'string' && end !== undefined)
      return [{ id, hash: hashSecret(secret), expiresAt: end }];
    faults.add(`clientSecrets[${index}]`, 'invalid-option', 'must be { id, secret, expiresAt }, secret not empty');
    return [];
  });
}

const hashSecret = (secret: string): Uint8Array => crypto.sha256(toUtf8(secret));
const nobody: readonly HashedSecret[] = [{ id: '', hash: new Uint8Array(32), expiresAt: Number.NEGATIVE_INFINITY }];

/**
 * Finds the secret of a client that a text is. What is compared are hashes, in constant time, and for a client that nobody knows as
 * well.
 * @returns the id of the secret; undefined where it is none, or has expired
 */
export function findSecret(
  secrets: readonly HashedSecret[] | undefined,
  secret: string,
  now: number,
): string | undefined {
  const hash = hashSecret(secret);
  let found: string | undefined;
  for (const each of secrets === undefined || secrets.length === 0 ? nobody : secrets)
    if (constantTimeEqual(each.hash, hash) && now < each.expiresAt) found = each.id;
  return found;
}
