import type { AuditEvent, AuditSink } from '../../contracts/audit-event.js';
import { Faults } from '../../errors/faults.js';
import { formatJsonLine } from '../json-line.js';
import { ChainedLines, readChainOptions, type ChainFileOptions } from './chained-lines.js';
import { RotatedFile } from './rotated-file.js';

/** Options of `jsonLines`. */
export interface JsonLinesOptions {
  /**
   * Bytes from which on a new file is begun; the one before is `PATH.1`, the one before that `PATH.2`. One process alone may write to such a
   * file. Unset: one file that grows.
   */
  readonly maxBytes?: number;
  /** How many files there are of those before; default 10. The oldest is deleted. */
  readonly maxFiles?: number;
  /**
   * Whether lines are chained, so that it shows when one is changed or taken out (`verifyAuditChain()`), and where the private key is (PEM,
   * Ed25519): `{ signingKeyFile }`. With `true` it is made beside the log (`PATH.key`, `PATH.pub`). Copies of checkpoints stand in
   * `PATH.checkpoints`. Default false.
   */
  readonly chain?: boolean | ChainFileOptions;
}

// About 10 MB of events: a disk that hangs must not take the process with it.
const maxQueuedEvents = 20_000;

/**
 * Makes a sink that appends events to a file (mode 0600), one line of JSON each, in batches and in order.
 *
 * Checks: the options. Of a chain, that the key can be read.
 * Does not check: that the disk keeps what the operating system was given (no `fsync`).
 * @param path the file; its folder must be there
 * @throws ConfigurationError with every fault of the options
 * @example createAuth({ schemes, audit: jsonLines('audit.jsonl', { maxBytes: 100_000_000, chain: true }) })
 */
export function jsonLines(path: string, options: JsonLinesOptions = {}): AuditSink {
  const chain = checkOptions(options, path);
  const file = new RotatedFile(path, options);
  const lines = chain === undefined ? undefined : new ChainedLines(path, chain);
  let queue: AuditEvent[] = [];
  // The batch that still takes events, and the latest one; each fails for its own events alone.
  let open: Promise<void> | undefined;
  let latest: Promise<void> = Promise.resolve();
  const writeBatch = async (): Promise<void> => {
    const events = queue;
    queue = [];
    open = undefined;
    if (lines === undefined) {
      const text = events.map((event) => `${formatJsonLine(event)}\n`).join('');
      await file.rotateFor(text);
      return file.append(text);
    }
    await lines.write(events, file);
  };
  // Whoever wrote was told what was lost.
  const settled = (): Promise<void> => latest.catch(() => undefined);
  return {
    write(event) {
      if (queue.length >= maxQueuedEvents) throw new Error('audit: the file is too slow; an event was dropped');
      queue.push(event);
      return (open ??= latest = settled().then(writeBatch));
    },
    flush: settled,
    async close() {
      await settled();
      await lines?.close(file);
    },
  };
}

function checkOptions(options: JsonLinesOptions, path: string): ReturnType<typeof readChainOptions> | undefined {
  const faults = new Faults();
  faults.addUnknown(options, ['maxBytes', 'maxFiles', 'chain']);
  const { maxBytes, maxFiles, chain = false } = options;
  for (const [name, value] of Object.entries({ maxBytes, maxFiles }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      faults.add(name, 'invalid-option', 'must be a positive whole number');
  if (maxFiles !== undefined && maxBytes === undefined)
    faults.add(
      'maxFiles',
      'max-bytes-required',
      'says how many files there are: write maxBytes, from which on a new one is begun',
    );
  const read = chain === false ? undefined : faults.within('chain', () => readChainOptions(chain, path));
  faults.throwIfAny();
  return read;
}
