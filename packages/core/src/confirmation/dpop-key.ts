import { crypto } from '#crypto';

import { after, isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Failure } from '../contracts/failure.js';
import type { Jwk, VerificationKey } from '../contracts/key.js';
import { isSymmetric, findAlgorithm } from '../crypto/algorithms.js';
import { findJwkFault } from '../crypto/jwk.js';
import { decodeJsonPart, parseJoseHeader } from '../crypto/jws.js';
import { jwkThumbprint } from '../crypto/thumbprint.js';
import { failure } from '../errors/failures.js';

/** The key that a proof brings in its header. */
export interface ProofKey {
  readonly kind: 'key';
  readonly algorithm: string;
  /** RFC 7638. */
  readonly thumbprint: string;
  readonly key: VerificationKey;
}

const proofFailure = (reason: 'alg-not-allowed' | 'crit-not-understood'): Failure =>
  failure(reason, { code: 'invalid-dpop-proof' });
const algorithmNotAllowed = proofFailure('alg-not-allowed');
const criticalNotUnderstood = proofFailure('crit-not-understood');
const keyInvalid = failure('dpop-key-invalid');

const maxKeys = 1000;
const longestHeader = 2048;

/** Remembers the keys of proofs that were good: to import one costs more than to verify with it. The least used leaves first. */
export class ProofKeys {
  readonly #known = new Map<string, ProofKey>();

  /** @param header of a proof, encoded */
  find(header: string): Awaitable<ProofKey | Failure> {
    const known = this.#known.get(header);
    if (known === undefined) return readProofKey(header);
    this.#known.delete(header);
    this.#known.set(header, known);
    return known;
  }

  /** To be called for the header of a proof that is good: whoever invents keys fills nothing. */
  remember(header: string, key: ProofKey): void {
    if (header.length > longestHeader || this.#known.has(header)) return;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxKeys) this.#known.delete(oldest!);
    // Written anew: a slice would keep its whole proof in memory.
    this.#known.set(crypto.encodeBase64url(crypto.decodeBase64url(header)!), key);
  }
}

/**
 * Reads the header of a proof.
 * Checks: `typ` (RFC 9449 §4.3, 4); an asymmetric `alg` (5); nothing critical; a public `jwk` that is no private key (7), is strong
 * enough, fits the `alg`, and is one that the platform takes.
 */
function readProofKey(part: string): Awaitable<ProofKey | Failure> {
  const object = decodeJsonPart(part);
  const header = object && parseJoseHeader(object);
  if (object === undefined || header === undefined) return failure('dpop-proof-malformed');
  const { alg: algorithm, typ, critical } = header;
  if (typ !== 'dpop+jwt') return failure('dpop-proof-type');
  if (findAlgorithm(algorithm) === undefined || isSymmetric(algorithm)) return algorithmNotAllowed;
  if (critical) return criticalNotUnderstood;
  const jwk = object['jwk'] as Jwk;
  const fault = findJwkFault(jwk);
  if (fault === 'private-key-published' || fault === 'symmetric-key-published') return failure('dpop-private-key');
  if (fault !== undefined) return keyInvalid;
  return importKey(jwk, (key) =>
    key.fits(algorithm) ? { kind: 'key', algorithm, thumbprint: jwkThumbprint(jwk), key } : keyInvalid,
  );
}

/** One back end throws at once for a point off its curve, the other later. */
function importKey(jwk: Jwk, next: (key: VerificationKey) => ProofKey | Failure): Awaitable<ProofKey | Failure> {
  try {
    const imported = after(crypto.importPublicKey(jwk), next);
    return isPromise(imported) ? imported.catch(() => keyInvalid) : imported;
  } catch {
    return keyInvalid;
  }
}
