import { crypto } from '#crypto';

import { after } from '../base/awaitable.js';
import { toUtf8 } from '../base/bytes.js';
import { randomUuid, systemRandom } from '../base/random.js';
import type { AuditEvent } from '../contracts/audit-event.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { SigningKey } from '../contracts/signer.js';
import { Faults } from '../errors/faults.js';
import { formatJsonLine } from './json-line.js';

/** Options of `createAuditChain`. */
export interface AuditChainOptions {
  /** Signs checkpoints. Keep its public half elsewhere: beside the log it proves nothing against whoever owns the log. */
  readonly signingKey: SigningKey;
  /** `hashAuditLine()` of the last line that stands before: whatever wrote it, the new chain vouches for it. Unset: nothing stands there. */
  readonly link?: string;
  /** Names the chain; default: a random UUID. */
  readonly id?: string;
}

/** Where in a log a checkpoint stands. */
export type CheckpointPlace = 'start' | 'rotated' | 'running' | 'end';

/** Lines of one writer, each with the hash of the one before: whatever is changed, taken out, put in or moved shows. */
export interface AuditChain {
  readonly id: string;
  /** Lines so far. */
  readonly length: number;
  /** The line of an event: its JSON, with `chain`. What it answers must be written, in order. */
  seal(event: AuditEvent): string;
  /**
   * A line that signs all before it: the first of a chain (`start`), the first of a further file (`rotated`), and, so that nobody cuts the
   * end off, the last (`end`).
   * @param time RFC 3339
   */
  checkpoint(at: CheckpointPlace, time: string): Awaitable<string>;
}

/** What stands before the bytes that a checkpoint signs. */
export const checkpointLabel = 'auth-audit-checkpoint-1\n';

/** SHA-256 of a line without its end, in base64url. */
export const hashAuditLine = (line: string): string => crypto.sha256Text(line);

/**
 * Makes a chain of audit lines, wherever they are kept: a file, a table. Write a `start` checkpoint first.
 *
 * Checks: the options.
 * Does not check: that the lines are written, and in this order. After a failed write begin a new chain, linked to the last line that is there.
 * @throws ConfigurationError with every fault of the options
 * @example
 * const chain = createAuditChain({ signingKey });
 * write(await chain.checkpoint('start', time));
 * write(chain.seal(event));
 */
export function createAuditChain(options: AuditChainOptions): AuditChain {
  const faults = new Faults();
  faults.addUnknown(options, ['signingKey', 'link', 'id']);
  const { signingKey, link = null, id = randomUuid(systemRandom) } = options;
  if (typeof (signingKey as SigningKey | undefined)?.sign !== 'function')
    faults.add('signingKey', 'keys-required', 'must be a key of createSigningKey({ ... })');
  else if (signingKey.algorithm.startsWith('HS'))
    faults.add(
      'signingKey',
      'mixed-algorithm-families',
      'must be asymmetric: whoever verifies must not be able to sign',
    );
  if (link !== null && !/^[\w-]{43}$/.test(link))
    faults.add('link', 'invalid-option', 'must be hashAuditLine() of a line');
  if (typeof id !== 'string' || id === '') faults.add('id', 'invalid-option', 'must be text, and not empty');
  faults.throwIfAny();
  let [number, previous] = [0, link];
  const chained = (members: object): string =>
    formatJsonLine({ ...members, chain: { id, number: ++number, previous } });
  const keep = (line: string): string => {
    previous = hashAuditLine(line);
    return line;
  };
  return {
    id,
    get length() {
      return number;
    },
    seal: (event) => keep(chained(event)),
    checkpoint(at, time) {
      const unsigned = chained({ version: 1, kind: 'checkpoint', at, time });
      return after(signingKey.sign(toUtf8(checkpointLabel + unsigned)), (signature) =>
        keep(`${unsigned.slice(0, -1)},"signature":"${crypto.encodeBase64url(signature)}"}`),
      );
    },
  };
}
