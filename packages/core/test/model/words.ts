import type { Code } from '../../src/index.js';
import type { Refusal } from './verdict.js';

/*
 * The credentials that cases are made of, each by a word: the same word means the same person for every scheme that speaks it.
 */

/** What a word stands for. */
export interface Meaning {
  readonly subject?: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly acr?: string;
  /** Seconds after the start of the tests: authenticated at, good from, good until. */
  readonly authenticated?: number;
  readonly from?: number;
  readonly until?: number;
  readonly confirmation?: Readonly<Record<string, string>>;
  /** Refused by proof, or by format. */
  readonly bad?: Refusal;
  readonly malformed?: Refusal;
  /** Good for one request. */
  readonly once?: true;
  /** How a made-up scheme answers. */
  readonly late?: true;
  readonly throws?: 'in extract' | 'in verify';
}

export const refusal = (code: Code, reason: string): Refusal => ({ code, reason });
export const invalid = (reason: string): Refusal => refusal('invalid-credentials', reason);
const unexpected = refusal('internal-error', 'unexpected');
export const down = refusal('dependency-unavailable', 'credential-store-unavailable');

export const words = {
  ann: { subject: 'ann' },
  bob: { subject: 'bob' },
  'ann-reads': { subject: 'ann', scopes: ['r'] },
  'ann-writes': { subject: 'ann', scopes: ['r', 'w'] },
  'ann-editor': { subject: 'ann', roles: ['editor', 'unheard-of'] },
  'bob-clerk': { subject: 'bob', roles: ['reader'] },
  'bob-reader': { subject: 'bob', roles: ['reader'], scopes: ['w'] },
  'ann-boss': { subject: 'ann', roles: ['boss'], scopes: ['r'] },
  'ann-may': { subject: 'ann', permissions: ['p'], scopes: ['r'] },
  'ann-fresh': { subject: 'ann', acr: 'gold', authenticated: -30, scopes: ['r', 'w'] },
  'ann-brief': { subject: 'ann', until: 60, scopes: ['r'] },
  'bob-brief': { subject: 'bob', until: 90 },
  'ann-early': { subject: 'ann', from: 60 },
  'ann-bound': { subject: 'ann', confirmation: { jkt: 'x' } },
  'ann-once': { subject: 'ann', once: true },
  'ann-late': { subject: 'ann', late: true, scopes: ['r'] },
  'ann-late-early': { subject: 'ann', late: true, from: 60 },
  bad: { bad: invalid('key-revoked') },
  walled: { bad: refusal('permission-denied', 'address-not-allowed') },
  unknown: { bad: refusal('invalid-credentials', 'unknown-key') },
  malformed: { malformed: invalid('key-malformed') },
  down: { bad: down },
  breaks: { bad: down, throws: 'in verify' },
  falls: { bad: unexpected, throws: 'in verify' },
  'falls-early': { throws: 'in extract' },
} as const satisfies Record<string, Meaning>;

export type Word = keyof typeof words;
export const meaningOf = (word: Word): Meaning => words[word];
