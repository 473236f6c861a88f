import type { Argon2idCost, Argon2Input, DerivationInput, ScryptCost } from './crypto.js';

// Loaded by whoever hashes a password, not by all who import this package.

/** scrypt in JavaScript: on this thread, in steps of some milliseconds. */
export async function scryptByNoble(
  { password, salt, length }: DerivationInput,
  { costLog2, blockSize, parallelism }: ScryptCost,
): Promise<Uint8Array> {
  const { scryptAsync } = await import('@noble/hashes/scrypt.js');
  return scryptAsync(password, salt, { N: 2 ** costLog2, r: blockSize, p: parallelism, dkLen: length });
}

/** Argon2id in JavaScript: on this thread, in steps of some milliseconds. */
export async function argon2idByNoble(
  { password, salt, length, secret, associatedData }: Argon2Input,
  { memoryKibibytes, passes, parallelism }: Argon2idCost,
): Promise<Uint8Array> {
  const { argon2idAsync } = await import('@noble/hashes/argon2.js');
  return argon2idAsync(password, salt, {
    m: memoryKibibytes,
    t: passes,
    p: parallelism,
    dkLen: length,
    ...(secret !== undefined && { key: secret }),
    ...(associatedData !== undefined && { personalization: associatedData }),
  });
}
