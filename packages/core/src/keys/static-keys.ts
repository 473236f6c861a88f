import { crypto } from '#crypto';

import { after, all, isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Jwk, JwkSet, KeyQuery, KeySource, VerificationKey } from '../contracts/key.js';
import { findJwkFault, type JwkFault } from '../crypto/jwk.js';
import { configurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { KeySet } from './key-set.js';

/** Keys that are there from the start: no clock has a part in finding them. */
export interface StaticKeys extends KeySource {
  find(query: KeyQuery): Awaitable<readonly VerificationKey[]>;
}

const remedies: Readonly<Record<Exclude<JwkFault, 'unknown-key-type' | 'not-a-verification-key'>, string>> = {
  'malformed-key': 'is not a well-formed JWK (RFC 7517); write the public key as its issuer publishes it',
  'weak-key': 'is too weak to be trusted; use RSA of 2048 to 16384 bits with exponent 65537, or an EC or Ed25519 key',
  'private-key-published': 'holds a private key; write the public members alone, and replace the key',
  'symmetric-key-published':
    'is a symmetric key, which a set of public keys must not hold; write it as secretBase64 in a scheme of its own',
};

/**
 * Keys written into the configuration. Keys of unknown type and keys for other uses are passed over (RFC 7517 §5).
 * @throws ConfigurationError for a malformed, weak, private or symmetric key, and where no key is left.
 */
export function createStaticKeys(jwks: JwkSet): StaticKeys {
  const usable = checkSet(jwks);
  let keys: Awaitable<KeySet> | undefined;
  const load = (): Awaitable<KeySet> => {
    if (keys === undefined) {
      keys = after(all(usable.map((jwk) => crypto.importPublicKey(jwk))), (imported) => new KeySet(imported));
      // Kept once it is there, so that later look-ups answer at once.
      if (isPromise(keys)) keys = keys.then((loaded) => (keys = loaded), refuseKeys);
    }
    return keys;
  };
  try {
    // Where the platform answers at once, a key that it refuses shows at the start; else at `ready()`.
    const first = load();
    if (isPromise(first)) first.catch(() => undefined);
  } catch {
    refuseKeys();
  }
  return {
    find: (query) => after(load(), (loaded) => loaded.candidates(query)),
    ready: () => after(load(), () => undefined),
  };
}

function refuseKeys(): never {
  throw configurationError('jwks', 'malformed-key', 'holds a key that the platform refuses (a point off its curve?)');
}

/** One shared secret, for HMAC. */
export function createSecretKey(secret: Uint8Array): StaticKeys {
  const key = [crypto.importSecret(secret)];
  return { find: () => key };
}

function checkSet(jwks: JwkSet): readonly Jwk[] {
  const faults = new Faults();
  const list: unknown = (jwks as JwkSet | null)?.keys;
  if (!Array.isArray(list)) {
    faults.add('jwks', 'malformed-jwks', 'must be a JWK Set: { keys: [...] }');
    faults.throwIfAny();
  }
  const usable = (list as Jwk[]).filter((jwk, index) => {
    const fault = findJwkFault(jwk);
    if (fault === undefined) return true;
    if (fault !== 'unknown-key-type' && fault !== 'not-a-verification-key')
      faults.add(`jwks.keys[${index}]`, fault, remedies[fault]);
    return false;
  });
  if (usable.length === 0 && faults.found.length === 0)
    faults.add('jwks', 'no-usable-key', 'holds no key that can verify signatures');
  faults.throwIfAny();
  return usable;
}
