import { open } from 'node:fs/promises';

import type { TokenSupplier } from '../token-supplier.js';

/** Longest token, in bytes. */
const maxBytes = 65_536;

/**
 * Gives the token in a file that the platform replaces. It is read anew each time that the issuer is asked, so that a new one is used
 * from then on.
 *
 * Checks: that it is a file, of at most 64 KiB, and not empty.
 * Does not check: the token, which the issuer judges.
 * @example jwtBearer({ issuer: 'https://as.example', assertion: tokenFile('/var/run/secrets/tokens/as') })
 */
export function tokenFile(path: string): TokenSupplier {
  return Object.freeze({ name: `file:${path}`, read: () => readFile(path) });
}

async function readFile(path: string): Promise<string> {
  // Opened once, so that what is judged is what is read.
  const file = await open(path, 'r');
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is no file`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
    if (bytesRead > maxBytes) throw new Error(`${path} is longer than ${maxBytes} bytes`);
    const token = buffer.toString('utf8', 0, bytesRead).trim();
    if (token === '') throw new Error(`${path} is empty`);
    return token;
  } finally {
    await file.close();
  }
}
