import { open, readFile, rename, rm, stat } from 'node:fs/promises';

import { decodeBase64, parseJsonObject } from '@auth/core/signing';

/** Longest file, in bytes, and most tokens in it. */
const maxBytes = 16_777_216;
const maxEntries = 1000;

type Entries = Map<string, Uint8Array<ArrayBuffer>>;

/** What changes with each replacement; empty where there is no file. */
export async function versionOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch (error) {
    return orMissing(error, '');
  }
}

/** Sealed tokens by name. None where there is no file, or one that this package did not write. */
export async function readEntries(path: string): Promise<Entries> {
  try {
    const { size } = await stat(path);
    const json = size > maxBytes ? undefined : parseJsonObject(await readFile(path));
    const entries: Entries = new Map();
    for (const [name, sealed] of Object.entries(json ?? {})) {
      const bytes = typeof sealed === 'string' ? decodeBase64(sealed) : undefined;
      if (bytes !== undefined) entries.set(name, bytes);
    }
    return entries;
  } catch (error) {
    return orMissing(error, new Map());
  }
}

/** Whoever reads meanwhile has the old file or the new one, never a part. */
export async function writeEntries(path: string, entries: Entries): Promise<void> {
  const kept = [...entries].slice(-maxEntries).map(([name, sealed]) => [name, Buffer.from(sealed).toString('base64')]);
  const temporary = `${path}.${globalThis.crypto.randomUUID()}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(Object.fromEntries(kept)));
      // A rotated refresh token must survive the machine.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function orMissing<T>(error: unknown, missing: T): T {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing;
  throw error;
}
