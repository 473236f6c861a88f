import { systemRandom } from '../base/random.js';
import type { Awaitable } from '../contracts/awaitable.js';
import { asymmetricAlgorithms } from '../crypto/algorithms.js';
import { createSealer, type Sealer } from '../crypto/seal.js';
import { Faults } from '../errors/faults.js';
import { readSealingSecrets, type SealingSecrets } from '../keys/sealing-secrets.js';
import { createMemorySigningKeys } from '../stores/memory/signing-keys.js';
import type { SigningKeyStore } from '../stores/signing-keys.js';
import type { ExternalKey } from './external-keys.js';

/** How tokens are signed: with keys that the issuer makes and rotates, or with keys that stand elsewhere (KMS, HSM). */
export interface IssuerSigningOptions {
  /** Default `ES256`. */
  readonly alg?: string;
  /** Where the keys are, for all processes of this issuer; default: in memory. */
  readonly store?: SigningKeyStore;
  /** What seals the keys in `store`, at least 32 random bytes: the first of several seals, all open. The same in all processes. */
  readonly secretBase64?: SealingSecrets;
  /** Keys of yours instead, which you rotate. */
  readonly keys?: () => Awaitable<readonly ExternalKey[]>;
}

/** Options of signing, checked and filled in. */
export interface SigningSettings {
  readonly algorithm: string;
  readonly keyStore: SigningKeyStore;
  readonly sealer: Sealer;
  readonly externalKeys: (() => Awaitable<readonly ExternalKey[]>) | undefined;
}

/** @throws ConfigurationError with every fault of the options. */
export function checkSigning(signing: IssuerSigningOptions, issuer: string): SigningSettings {
  const faults = new Faults();
  faults.addUnknown(signing, ['alg', 'store', 'secretBase64', 'keys']);
  const { alg = 'ES256', store, secretBase64, keys } = signing;
  if (!asymmetricAlgorithms.includes(alg))
    faults.add('alg', 'unknown-algorithm', `must be one of ${asymmetricAlgorithms.join(', ')}`);
  if (keys !== undefined && store !== undefined)
    faults.add('store', 'contradicting-options', 'is never asked beside keys: leave one of the two out');
  if ((store === undefined) !== (secretBase64 === undefined))
    faults.add(
      'secretBase64',
      'contradicting-options',
      store === undefined
        ? 'seals the keys in a store: give one, or leave it out'
        : 'is missing: it seals the keys in the store; make one with: openssl rand -base64 32',
    );
  // What stays in memory is sealed as well, with a secret that nobody else has, so that there is one way alone.
  const secrets = secretBase64 === undefined ? [systemRandom(32)] : readSealingSecrets(secretBase64, faults);
  faults.throwIfAny();
  const purpose = `signing-keys ${issuer}`;
  return {
    algorithm: alg,
    keyStore: store ?? createMemorySigningKeys(),
    // An RSA key of 4096 bits has 3200 characters of JSON.
    sealer: createSealer({ secrets, purpose, random: systemRandom, maxTextLength: 8192 }),
    externalKeys: keys,
  };
}
