import { crypto } from '#crypto';

import type { JsonObject } from '../base/strict-json.js';
import type { Jwk, KeyQuery, VerificationKey } from '../contracts/key.js';
import { findAlgorithm } from '../crypto/algorithms.js';
import { findJwkFault, type JwkFault } from '../crypto/jwk.js';
import type { Reason } from '../errors/failures.js';

/** Keys of one issuer, ready to verify. */
export class KeySet {
  readonly #keys: readonly VerificationKey[];
  readonly #byKeyid = new Map<string, VerificationKey[]>();
  readonly #byAlgorithm = new Map<string, readonly VerificationKey[]>();

  constructor(keys: readonly VerificationKey[]) {
    this.#keys = keys;
    for (const key of keys) {
      if (key.keyid === undefined) continue;
      const namesakes = this.#byKeyid.get(key.keyid);
      if (namesakes === undefined) this.#byKeyid.set(key.keyid, [key]);
      else if (namesakes.length < maxNamesakes) namesakes.push(key);
    }
  }

  /**
   * A `keyid` is only compared; without one, every key that fits is a candidate (RFC 7515 §4.1.4). Of more than anybody tries, the
   * first are enough: so a question costs the same of a hundred thousand keys as of ten.
   */
  candidates({ keyid, algorithm }: KeyQuery): readonly VerificationKey[] {
    return keyid === undefined ? this.#fitting(algorithm) : (this.#byKeyid.get(keyid) ?? noKeys);
  }

  #fitting(algorithm: string): readonly VerificationKey[] {
    const known = this.#byAlgorithm.get(algorithm);
    if (known !== undefined) return known;
    // What is no algorithm is not remembered: a stranger can invent as many as he likes.
    if (findAlgorithm(algorithm) === undefined) return noKeys;
    const fitting: VerificationKey[] = [];
    for (const key of this.#keys) {
      if (fitting.length === maxNamesakes) break;
      if (key.fits(algorithm)) fitting.push(key);
    }
    this.#byAlgorithm.set(algorithm, fitting);
    return fitting;
  }
}

const noKeys: readonly VerificationKey[] = Object.freeze([]);
// More keys than anybody tries for one token.
const maxNamesakes = 64;

/** Something in a published key set that its owner should mend. */
export interface KeyAlert {
  readonly reason: 'weak-key-published' | 'private-key-published' | 'symmetric-key-published' | 'jwks-empty';
  readonly keyid?: string;
}

/** Why a published document is of no use. */
export class KeySetError extends Error {
  readonly reason: Reason;
  readonly alert: KeyAlert | undefined;

  constructor(message: string, reason: Reason = 'jwks-unavailable', alert?: KeyAlert) {
    super(message);
    this.name = 'KeySetError';
    this.reason = reason;
    this.alert = alert;
  }
}

const alertReasons: Readonly<Partial<Record<JwkFault, KeyAlert['reason']>>> = {
  'weak-key': 'weak-key-published',
  'private-key-published': 'private-key-published',
  'symmetric-key-published': 'symmetric-key-published',
};
const longestKeyid = 256;
// Requests are served in between: a set of a hundred thousand takes seconds.
const keysInOnePiece = 256;

/**
 * Imports the keys of a JWK Set (RFC 7517 §5) that was published elsewhere.
 * Checks: a list of 1 to `maxKeys` keys; each as `findJwkFault` has it. A key that is of no use to us is passed over, and an
 * alert tells of it where its owner has made a mistake.
 * @throws KeySetError for what is no such list, and for an empty one: an issuer without keys is a mistake, not a withdrawal.
 */
export async function importKeySet(
  document: JsonObject,
  maxKeys: number,
): Promise<{ readonly set: KeySet; readonly alerts: readonly KeyAlert[] }> {
  const list = document['keys'];
  if (!Array.isArray(list)) throw new KeySetError('the document is no JWK Set: it has no list of keys');
  if (list.length === 0) throw new KeySetError('the JWK Set is empty', 'jwks-unavailable', { reason: 'jwks-empty' });
  if (list.length > maxKeys) throw new KeySetError(`the JWK Set has ${list.length} keys; at most ${maxKeys} are read`);
  const alerts: KeyAlert[] = [];
  const keys: VerificationKey[] = [];
  for (let start = 0; start < list.length; start += keysInOnePiece) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const usable = (list as readonly Jwk[]).slice(start, start + keysInOnePiece).filter((jwk) => {
      const fault = findJwkFault(jwk);
      const reason = fault && alertReasons[fault];
      if (reason !== undefined) alerts.push({ reason, ...keyidOf(jwk) });
      return fault === undefined;
    });
    const imported = await Promise.all(usable.map(importOrSkip));
    for (const key of imported) if (key !== undefined) keys.push(key);
  }
  return { set: new KeySet(keys), alerts };
}

/** The platform refuses what no look at the members shows: a point off its curve. */
async function importOrSkip(jwk: Jwk): Promise<VerificationKey | undefined> {
  try {
    return await crypto.importPublicKey(jwk);
  } catch {
    return undefined;
  }
}

function keyidOf({ kid }: Jwk): { readonly keyid?: string } {
  return typeof kid === 'string' && kid.length <= longestKeyid ? { keyid: kid } : {};
}
