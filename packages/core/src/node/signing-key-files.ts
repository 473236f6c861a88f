import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Faults } from '../errors/faults.js';
import type { SigningKeyEntry, SigningKeyStore } from '../stores/signing-keys.js';

/** Where keys lie. */
export interface FileSigningKeysOptions {
  /** A directory of its own, on this machine; made where there is none, for its owner alone. */
  readonly directory: string;
}

// As many digits as make the order of names the order of numbers.
const form = /^(\d{10})\.json$/;
/** What a process left that ended while it wrote. */
const leftover = /^[0-9a-f-]{36}\.new$/;
const leftoverSeconds = 3600;

interface Place {
  readonly number: number;
  readonly entry: SigningKeyEntry;
}

/**
 * Keeps the signing keys of an issuer in files, for all processes of one machine: one file a key, sealed by the issuer with
 * `signing.secretBase64`, which must not lie beside them.
 *
 * A key is written aside and then linked to its place, which fails where another process was first: there is no lock to be left behind, and
 * no file that is half written.
 * @throws ConfigurationError with every fault of the options.
 * @example createIssuer({ issuer, clients, signing: { store: createFileSigningKeys({ directory: '/var/lib/app/keys' }), secretBase64 } })
 */
export function createFileSigningKeys(options: FileSigningKeysOptions): SigningKeyStore {
  const faults = new Faults();
  faults.addUnknown(options, ['directory']);
  const { directory } = options;
  if (typeof directory !== 'string' || directory === '')
    faults.add('directory', 'invalid-option', 'must be the path of a directory');
  faults.throwIfAny();
  const pathOf = (number: number): string => join(directory, `${String(number).padStart(10, '0')}.json`);
  return {
    async list() {
      return (await readPlaces(directory)).map(({ entry }) => entry);
    },
    async add({ keyid, value }, after) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const last = (await readPlaces(directory)).at(-1);
      if ((last?.entry.keyid ?? null) !== after) return false;
      const aside = join(directory, `${randomUUID()}.new`);
      await writeFile(aside, JSON.stringify({ keyid, value }), { mode: 0o600, flag: 'wx', flush: true });
      try {
        await link(aside, pathOf((last?.number ?? 0) + 1));
        return true;
      } catch (error) {
        if (isNamed(error, 'EEXIST')) return false;
        throw error;
      } finally {
        await rm(aside, { force: true });
      }
    },
    async remove(keyid) {
      for (const { number, entry } of await readPlaces(directory))
        if (entry.keyid === keyid) await rm(pathOf(number), { force: true });
      await removeLeftovers(directory);
    },
  };
}

async function readPlaces(directory: string): Promise<readonly Place[]> {
  const names = (await namesIn(directory)).filter((name) => form.test(name)).toSorted();
  const places = await Promise.all(names.map((name) => readPlace(directory, name)));
  return places.filter((place) => place !== undefined);
}

/** @returns undefined for one that was removed since the directory was read */
async function readPlace(directory: string, name: string): Promise<Place | undefined> {
  const path = join(directory, name);
  const text = await unlessGone(readFile(path, 'utf8'), undefined);
  if (text === undefined) return undefined;
  const { keyid, value } = JSON.parse(text) as SigningKeyEntry;
  if (typeof keyid !== 'string' || typeof value !== 'string') throw new TypeError(`${path} holds no signing key`);
  return { number: Number.parseInt(name, 10), entry: { keyid, value } };
}

async function removeLeftovers(directory: string): Promise<void> {
  for (const name of (await namesIn(directory)).filter((each) => leftover.test(each))) {
    const path = join(directory, name);
    const found = await unlessGone(stat(path), undefined);
    if (found !== undefined && found.mtimeMs < Date.now() - leftoverSeconds * 1000) await rm(path, { force: true });
  }
}

const namesIn = (directory: string): Promise<readonly string[]> => unlessGone(readdir(directory), []);

const isNamed = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

async function unlessGone<T, U>(asked: Promise<T>, gone: U): Promise<T | U> {
  try {
    return await asked;
  } catch (error) {
    if (isNamed(error, 'ENOENT')) return gone;
    throw error;
  }
}
