import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';

import type { AuditEvent } from '../../contracts/audit-event.js';
import type { SigningKey } from '../../contracts/signer.js';
import { configurationError } from '../../errors/configuration-error.js';
import { Faults } from '../../errors/faults.js';
import { createSigningKey } from '../../keys/signing-key.js';
import { createAuditChain, hashAuditLine, type AuditChain } from '../chain.js';
import type { RotatedFile } from './rotated-file.js';

/** Where a chain of lines has its key. */
export interface ChainFileOptions {
  /** The private key in PEM (PKCS #8, Ed25519), read once. Keep the public one where whoever writes the log cannot reach it. */
  readonly signingKeyFile: string;
}

// So many lines, at most, stand after a checkpoint.
const checkpointEvery = 1000;
/** Of the file with copies of checkpoints. */
const checkpointsEnding = '.checkpoints';
// Longer than any line: the end of the file has the last one.
const tailBytes = 65_536;

/** Writes batches of events as lines of one chain. After a write that failed a new chain begins, linked to the last line that is there. */
export class ChainedLines {
  readonly #path: string;
  readonly #signingKey: Promise<SigningKey>;
  #chain: AuditChain | undefined;
  #sinceCheckpoint = 0;
  #time = '';

  constructor(path: string, pem: string) {
    this.#path = path;
    this.#signingKey = createSigningKey({ algorithm: 'EdDSA', privateKeyPem: pem });
    this.#signingKey.catch(() => undefined);
  }

  async write(events: readonly AuditEvent[], file: RotatedFile): Promise<void> {
    this.#time = events.at(-1)!.time;
    const whole = events.map((event) => JSON.stringify(event)).join('');
    const rotated = await file.rotateFor(whole, [checkpointsEnding]);
    await this.#append(file, async (chain, isNew) => {
      const checkpoints: string[] = [];
      if (isNew) checkpoints.push(await chain.checkpoint('start', this.#time));
      else if (rotated) checkpoints.push(await chain.checkpoint('rotated', this.#time));
      const lines = [...checkpoints, ...events.map((event) => chain.seal(event))];
      this.#sinceCheckpoint += events.length;
      if (this.#sinceCheckpoint >= checkpointEvery) {
        this.#sinceCheckpoint = 0;
        checkpoints.push(await chain.checkpoint('running', this.#time));
        lines.push(checkpoints.at(-1)!);
      }
      return { lines, checkpoints };
    });
  }

  /** Signs that nothing comes after. */
  async close(file: RotatedFile): Promise<void> {
    if (this.#chain === undefined) return;
    await this.#append(file, async (chain) => {
      const end = await chain.checkpoint('end', this.#time);
      return { lines: [end], checkpoints: [end] };
    });
    this.#chain = undefined;
  }

  async #append(
    file: RotatedFile,
    make: (chain: AuditChain, isNew: boolean) => Promise<{ lines: readonly string[]; checkpoints: readonly string[] }>,
  ): Promise<void> {
    const known = this.#chain;
    const { chain, before } = known === undefined ? await this.#begin() : { chain: known, before: '' };
    // Not this one's any more, unless all of it arrives.
    this.#chain = undefined;
    const { lines, checkpoints } = await make(chain, known === undefined);
    await file.append(`${before}${lines.join('\n')}\n`);
    if (checkpoints.length > 0)
      await appendFile(`${this.#path}${checkpointsEnding}`, `${checkpoints.join('\n')}\n`, { mode: 0o600 });
    this.#chain = chain;
  }

  /** A new chain behind what is there, and what ends a line that was not written whole. */
  async #begin(): Promise<{ readonly chain: AuditChain; readonly before: string }> {
    const tail = await readTail(this.#path);
    const signingKey = await this.#signingKey;
    this.#sinceCheckpoint = 0;
    const last = tail.replace(/\n$/, '').split('\n').at(-1)!;
    const chain = createAuditChain({ signingKey, ...(last !== '' && { link: hashAuditLine(last) }) });
    return { chain, before: tail === '' || tail.endsWith('\n') ? '' : '\n' };
  }
}

/** @returns the private key, in PEM; of `true` one that is made where there is none */
export function readChainOptions(chain: unknown, path: string): string {
  const faults = new Faults();
  const given = chain === true ? { signingKeyFile: `${path}.key` } : (chain as ChainFileOptions);
  const isObject = typeof given === 'object' && given !== null;
  faults.addUnknown(isObject ? given : {}, ['signingKeyFile']);
  if (!isObject || typeof given.signingKeyFile !== 'string' || given.signingKeyFile === '')
    faults.add(
      'signingKeyFile',
      'invalid-option',
      'must be the path of a private key in PEM (PKCS #8, Ed25519), or write chain: true',
    );
  faults.throwIfAny();
  return readKey(given.signingKeyFile, chain === true ? path : undefined);
}

function readKey(file: string, madeFor: string | undefined): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    if (madeFor === undefined || (error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw configurationError('signingKeyFile', 'malformed-key', 'cannot be read');
    return makeKey(file, `${madeFor}.pub`);
  }
  // What the platform says of a key that it refuses may quote it.
  const type = ((): unknown => {
    try {
      return createPrivateKey(pem).asymmetricKeyType;
    } catch {
      return undefined;
    }
  })();
  if (type !== 'ed25519') throw configurationError('signingKeyFile', 'malformed-key', 'must be a private Ed25519 key in PEM (PKCS #8)'); // prettier-ignore
  return pem;
}

function makeKey(file: string, publicFile: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  // Of two processes that make one at once, one wins.
  writeFileSync(file, privateKey, { mode: 0o600, flag: 'wx' });
  writeFileSync(publicFile, publicKey, { mode: 0o600 });
  return privateKey;
}

/** The end of a file; nothing where there is none. */
async function readTail(path: string): Promise<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
