import { decodeBase64 } from '../base/base64.js';
import { systemRandom } from '../base/random.js';
import type { Faults } from '../errors/faults.js';
import { DpopNonces } from './dpop-nonce.js';

/** Nonces in proofs. */
export interface NonceOptions {
  /** `require`: a proof must hold a nonce of this server (RFC 9449 §8, §9). Default `off`. */
  readonly dpopNonce?: 'off' | 'require';
  /**
   * What nonces are made with, the same in all processes that serve one API: base64 with padding, of 32 bytes or more. Default:
   * random, for this process alone.
   */
  readonly dpopNonceSecretBase64?: string;
}

const nonceSecretBytes = 32;

/** Adds every fault to `faults`. @returns what proofs must hold a nonce of; undefined where they need none */
export function checkNonces(options: NonceOptions, faults: Faults): DpopNonces | undefined {
  const { dpopNonce = 'off', dpopNonceSecretBase64: secretBase64 } = options;
  if (dpopNonce !== 'off' && dpopNonce !== 'require')
    faults.add('dpopNonce', 'invalid-option', 'must be "off" or "require"');
  else if (dpopNonce === 'off' && secretBase64 !== undefined)
    faults.add('dpopNonceSecretBase64', 'contradicting-options', 'is for nonces: write dpopNonce: "require" beside it');
  const secret = secretBase64 === undefined ? systemRandom(nonceSecretBytes) : readNonceSecret(secretBase64, faults);
  return dpopNonce === 'require' && secret !== undefined ? new DpopNonces(secret) : undefined;
}

function readNonceSecret(secretBase64: unknown, faults: Faults): Uint8Array | undefined {
  const secret = typeof secretBase64 === 'string' ? decodeBase64(secretBase64) : undefined;
  if (secret === undefined) {
    faults.add('dpopNonceSecretBase64', 'malformed-secret', 'must be base64 with its padding (RFC 4648 §4)');
  } else if (secret.length < nonceSecretBytes || new Set(secret).size < 8) {
    faults.add(
      'dpopNonceSecretBase64',
      'weak-secret',
      `must be at least ${nonceSecretBytes} random bytes; make them with: openssl rand -base64 ${nonceSecretBytes}`,
    );
    return undefined;
  }
  return secret;
}
