import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

import { configurationError } from '../errors/configuration-error.js';

/** A file whose text is at hand, and follows the file. */
export interface WatchedFile {
  /** The text as it was read last. @throws where the file could not be read any more */
  read(): string;
  /** Called after each change, also when the file could not be read. @returns how to call it off */
  onChange(changed: () => void): () => void;
  /** Ends the timer; the text stays. */
  close(): void;
}

/** How a file is watched. */
export interface WatchFileOptions {
  /** Milliseconds between two looks at the file, 50 to 60000; default 1000. */
  readonly pollMs?: number;
}

const maxBytes = 64 * 2 ** 20;

/**
 * Reads a text file, and reads it anew when it changes: certificates, keys, revocation lists. Looks at time, size and inode of the file,
 * since notices of file systems get lost where files are replaced by links (Kubernetes). Files of up to 64 MiB. The timer keeps no process alive.
 * @param path of the file; it must be there
 * @throws ConfigurationError where the file cannot be read
 * @example const crl = watchFile('clients.crl'); mtls({ ca: watchFile('clients-ca.pem'), crl, subjects })
 */
export function watchFile(path: string, { pollMs = 1000 }: WatchFileOptions = {}): WatchedFile {
  if (!(Number.isFinite(pollMs) && pollMs >= 50 && pollMs <= 60_000))
    throw configurationError('pollMs', 'invalid-option', 'must be a number of milliseconds from 50 to 60000');
  let text: string | undefined;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw configurationError(
      '',
      'file-unreadable',
      `${path} cannot be read: ${(error as { code?: string }).code ?? 'no file'}`,
    );
  }
  const listeners = new Set<() => void>();
  let seen: string | undefined;
  let busy = false;
  const set = (next: string | undefined): void => {
    if (next === text) return;
    text = next;
    for (const listener of listeners) listener();
  };
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(path);
      const mark = [mtimeMs, ctimeMs, size, ino].join();
      if (mark === seen) return;
      if (size > maxBytes) throw new Error('too large');
      const next = await readFile(path, 'utf8');
      seen = mark;
      set(next);
    } catch {
      seen = undefined;
      set(undefined);
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), pollMs).unref();
  return Object.freeze({
    read() {
      if (text === undefined) throw new Error(`${path} cannot be read`);
      return text;
    },
    onChange(changed: () => void) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: () => clearInterval(timer),
  });
}
