import { createHash } from 'node:crypto';

import { decodeBase64, Faults, type CachedToken, type TokenCache } from '@auth/core/signing';

import { checkTexts } from '../../strategies/option-checks.js';
import { Sealer } from '../sealed.js';
import { readEntries, versionOf, writeEntries } from './entries.js';
import { acquireLock } from './lock.js';

/** Options of `createFileTokens`. */
export interface FileTokensOptions {
  /** In a folder that is there, and where files can be made beside it. */
  readonly file: string;
  /** What it is encrypted with: 32 random bytes in base64. Keep it elsewhere than the file. */
  readonly keyBase64: string;
}

/** Milliseconds for which a token is taken as it was read: another process that has a newer one leaves this one good. */
const freshMs = 1000;

interface Known {
  readonly token: CachedToken | undefined;
  readonly version: string;
  readonly checkedMs: number;
}

/**
 * Keeps tokens in a file, so that they outlive a process and are shared by all on this machine: a fleet of processes that starts cold
 * makes one request for a token. The file is readable for this user alone (0600), replaced as a whole, and every token in it is
 * encrypted (AES-256-GCM).
 *
 * Checks: that an entry is one that this key made for this purpose. Any other is passed over, and replaced by the next token.
 * Does not check: who may write to the folder.
 * @throws ConfigurationError for wrong options
 * @example createClient({ origin, auth, tokenCache: createFileTokens({ file: '/var/lib/job/tokens.bin', keyBase64 }) })
 */
export function createFileTokens(options: FileTokensOptions): TokenCache {
  return new FileTokens(options.file, new Sealer(checkOptions(options)));
}

class FileTokens implements TokenCache {
  readonly #file: string;
  readonly #sealer: Sealer;
  readonly #known = new Map<string, Known>();

  constructor(file: string, sealer: Sealer) {
    this.#file = file;
    this.#sealer = sealer;
  }

  find(key: string): CachedToken | undefined | Promise<CachedToken | undefined> {
    const known = this.#known.get(key);
    // At once where it was looked at just now: a look at the file costs more than all else of a call.
    if (known?.token !== undefined && Date.now() - known.checkedMs < freshMs) return known.token;
    return this.#read(key);
  }

  save(key: string, token: CachedToken): Promise<void> {
    return this.#change(key, async (entries, name) => {
      const sealed = await this.#sealer.seal(token, name);
      // The last that was saved is the last: the first is dropped where there are too many.
      entries.delete(name);
      entries.set(name, sealed);
      return token;
    });
  }

  async remove(key: string, refused: CachedToken): Promise<void> {
    await this.#change(key, async (entries, name) => {
      const sealed = entries.get(name);
      const found = sealed && (await this.#sealer.open(sealed, name));
      // Asked under the lock: another process may just have replaced it.
      if (found !== undefined && found.accessToken.reveal() !== refused.accessToken.reveal()) return found;
      entries.delete(name);
      return undefined;
    });
  }

  async lock(key: string, signal?: AbortSignal): Promise<() => Promise<void>> {
    const release = await acquireLock(`${this.#file}.${nameOf(key).slice(0, 16)}.lock`, signal);
    // Whoever had it before may have saved a token.
    this.#known.delete(key);
    return release;
  }

  async #read(key: string): Promise<CachedToken | undefined> {
    const version = await versionOf(this.#file);
    const known = this.#known.get(key);
    // The same object while the file is the same.
    let token = known?.token;
    if (known?.version !== version) {
      const name = nameOf(key);
      const sealed = (await readEntries(this.#file)).get(name);
      token = sealed && (await this.#sealer.open(sealed, name));
    }
    this.#known.set(key, { token, version, checkedMs: Date.now() });
    return token;
  }

  /** One process at a time, so that none undoes what another wrote. */
  async #change(
    key: string,
    change: (entries: Map<string, Uint8Array<ArrayBuffer>>, name: string) => Promise<CachedToken | undefined>,
  ): Promise<void> {
    const release = await acquireLock(`${this.#file}.lock`, undefined);
    try {
      const entries = await readEntries(this.#file);
      const token = await change(entries, nameOf(key));
      await writeEntries(this.#file, entries);
      this.#known.set(key, { token, version: await versionOf(this.#file), checkedMs: Date.now() });
    } finally {
      await release();
    }
  }
}

/** Says nothing of issuers and clients to whoever reads the file. */
const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex');

function checkOptions(options: FileTokensOptions): Uint8Array<ArrayBuffer> {
  const faults = new Faults();
  faults.addUnknown(options, ['file', 'keyBase64']);
  checkTexts({ file: options.file }, faults);
  const key = typeof options.keyBase64 === 'string' ? decodeBase64(options.keyBase64) : undefined;
  if (key?.length !== 32)
    faults.add('keyBase64', 'malformed-key', 'must be 32 random bytes in base64: openssl rand -base64 32');
  faults.throwIfAny();
  return key!;
}
