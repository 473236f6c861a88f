import type { Faults } from '../errors/faults.js';
import { readSharedSecret } from './shared-secret.js';

/** Secrets that seal what a browser keeps: the first seals, all open. Each as `secretBase64` elsewhere. */
export type SealingSecrets = string | readonly string[];

const most = 4;

/** Adds every fault to `faults`. */
export function readSealingSecrets(value: unknown, faults: Faults): readonly Uint8Array[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > most) {
    faults.add(
      'secretBase64',
      'invalid-option',
      `must be a secret, or a list of 1 to ${most}: the first seals, all open`,
    );
    return [];
  }
  return list.flatMap((secret) => faults.within('', () => [readSharedSecret(secret, [])]) ?? []);
}
