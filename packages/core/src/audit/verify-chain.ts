import { crypto } from '#crypto';

import { toUtf8 } from '../base/bytes.js';
import { parseJsonObject } from '../base/strict-json.js';
import type { Jwk, VerificationKey } from '../contracts/key.js';
import { configurationError } from '../errors/configuration-error.js';
import { Faults } from '../errors/faults.js';
import { checkpointLabel, hashAuditLine } from './chain.js';

/** What `verifyAuditChain` verifies with. Exactly one of the keys, which must come from elsewhere than the log. */
export interface VerifyAuditChainOptions {
  readonly publicJwk?: Jwk;
  /** `-----BEGIN PUBLIC KEY-----`. */
  readonly publicKeyPem?: string;
  /** Of the key; default `EdDSA`. */
  readonly algorithm?: string;
  /** Copies of checkpoints that were kept apart: they show that the end of the log was cut off. */
  readonly checkpoints?: readonly string[];
}

/** Why a line is the first that is not as it was written. */
export type AuditChainFault =
  /** No line of an audit chain. */
  | 'malformed'
  /** Not the line that came after the one before: something was changed, taken out, put in or moved. */
  | 'chain-broken'
  /** A chain that begins without a signed checkpoint, or without a link to what stands before it. */
  | 'not-started'
  /** A checkpoint that this key has not signed. */
  | 'signature-invalid'
  /** A kept checkpoint is of a later line than the last one. */
  | 'truncated';

/** `open`: nothing says that this is the end; the process still writes, or has died, or lines were cut off. */
export type AuditChainVerdict =
  | { readonly kind: 'whole'; readonly lines: number; readonly end: 'closed' | 'open' }
  | { readonly kind: 'broken'; readonly line: number; readonly reason: AuditChainFault };

/** What is known of one chain. */
interface Tail {
  number: number;
  hash: string;
  /** Signed as the end: nothing comes after. */
  ended: boolean;
  /** Its last line is what a later chain began behind. */
  vouched: boolean;
}

interface Line {
  readonly text: string;
  readonly id: string;
  readonly number: number;
  readonly previous: string | null;
  /** Undefined for an event. */
  readonly at: unknown;
}

// Processes that start at the same time link to the same line; none is further behind than this.
const maxLinks = 100_000;

/**
 * Verifies a log of `createAuditChain()`, of one writer or of several that wrote between each other.
 *
 * Checks: of each line, that it is the next of its chain and has the hash of the line before it; that each chain begins with a signed checkpoint, linked
 * to a line above it; every signature; that nothing stands after an end; that the lines of kept checkpoints are there.
 * Does not check: what events say. That the key is yours. That files from before the first line are there.
 * @param lines without their ends
 * @throws ConfigurationError for a wrong key
 * @example const verdict = await verifyAuditChain(createInterface(createReadStream('audit.jsonl')), { publicKeyPem });
 */
export async function verifyAuditChain(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyAuditChainOptions,
): Promise<AuditChainVerdict> {
  const isSigned = await createCheck(options);
  const tails = new Map<string, Tail>();
  const links = new Set<string>();
  let count = 0;
  for await (const text of lines) {
    count++;
    const line = parseLine(text);
    const fault =
      line === undefined ? 'malformed' : await takeLine(line, { tails, links, isSigned, isFirst: count === 1 });
    if (fault !== undefined) return { kind: 'broken', line: count, reason: fault };
    links.add(hashAuditLine(text));
    if (links.size > maxLinks) links.delete(links.values().next().value!);
  }
  for (const text of options.checkpoints ?? []) {
    const kept = parseLine(text);
    // A copy that nobody signed says nothing.
    if (kept === undefined || kept.at === undefined || !(await isSigned(text))) continue;
    if (kept.number > (tails.get(kept.id)?.number ?? 0))
      return { kind: 'broken', line: count + 1, reason: 'truncated' };
  }
  const closed = tails.size > 0 && [...tails.values()].every(({ ended, vouched }) => ended || vouched);
  return { kind: 'whole', lines: count, end: closed ? 'closed' : 'open' };
}

interface Log {
  readonly tails: Map<string, Tail>;
  readonly links: ReadonlySet<string>;
  readonly isSigned: (text: string) => Promise<boolean>;
  readonly isFirst: boolean;
}

/** @returns what is wrong with the line, as the next one */
async function takeLine(line: Line, log: Log): Promise<AuditChainFault | undefined> {
  const { text, id, number, previous, at } = line;
  const tail = log.tails.get(id);
  if (tail === undefined) {
    const linked = previous === null ? log.isFirst : log.links.has(previous);
    if (!(at === 'rotated' || (at === 'start' && number === 1 && linked))) return 'not-started';
  } else if (tail.ended || number !== tail.number + 1 || previous !== tail.hash) {
    return 'chain-broken';
  }
  if (at !== undefined && !(await log.isSigned(text))) return 'signature-invalid';
  for (const other of log.tails.values()) if (at === 'start' && other.hash === previous) other.vouched = true;
  log.tails.set(id, { number, hash: hashAuditLine(text), ended: at === 'end', vouched: false });
  return undefined;
}

function parseLine(text: string): Line | undefined {
  const json = parseJsonObject(toUtf8(text));
  const { id, number, previous } = (json?.['chain'] ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || !Number.isSafeInteger(number) || (number as number) < 1) return undefined;
  if (previous !== null && typeof previous !== 'string') return undefined;
  const at = json!['kind'] === 'checkpoint' ? (json!['at'] ?? null) : undefined;
  return { text, id, number: number as number, previous, at };
}

async function createCheck(options: VerifyAuditChainOptions): Promise<(text: string) => Promise<boolean>> {
  const faults = new Faults();
  faults.addUnknown(options, ['publicJwk', 'publicKeyPem', 'algorithm', 'checkpoints']);
  const { publicJwk, publicKeyPem, algorithm = 'EdDSA' } = options;
  if ((publicJwk === undefined) === (publicKeyPem === undefined))
    faults.add('publicKeyPem', 'keys-required', 'write exactly one of publicJwk, publicKeyPem');
  if (algorithm.startsWith('HS'))
    faults.add('algorithm', 'mixed-algorithm-families', 'must be asymmetric: EdDSA, ES256, RS256 and their like');
  faults.throwIfAny();
  const key = await importKey(options, algorithm).catch(() => undefined);
  if (key?.fits(algorithm) !== true)
    throw configurationError(publicJwk === undefined ? 'publicKeyPem' : 'publicJwk', 'malformed-key', `is no public key for ${algorithm}`); // prettier-ignore
  return async (text) => {
    const [, unsigned, signature = ''] = /^(.*),"signature":"([\w-]+)"\}$/s.exec(text) ?? [];
    const bytes = crypto.decodeBase64url(signature);
    return unsigned !== undefined && bytes !== undefined
      ? await key.verify(algorithm, bytes, toUtf8(`${checkpointLabel}${unsigned}}`))
      : false;
  };
}

const importKey = async (
  { publicJwk, publicKeyPem }: VerifyAuditChainOptions,
  algorithm: string,
): Promise<VerificationKey> =>
  crypto.importPublicKey(publicJwk ?? (await crypto.readPublicKey(publicKeyPem!, algorithm)));
