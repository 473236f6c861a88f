import { afterAll, describe, expect, it } from 'vitest';

import { concatBytes, fromUtf8, toUtf8 } from '../../src/base/bytes.js';
import { parseJsonObject } from '../../src/base/strict-json.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

interface JsonCase {
  readonly id: string;
  readonly expected: 'accept' | 'reject' | 'either';
  readonly base64?: string;
  readonly repeat?: { readonly text: string; readonly count: number; readonly suffix?: string };
}

const { cases } = readVectors('json-parsing/json-test-suite.json') as { cases: readonly JsonCase[] };

// Refused here, more strictly than the grammar: one member twice (RFC 7515 §4, RFC 7519 §4).
const refusedHere: ReadonlySet<string> = new Set(['y_object_duplicated_key', 'y_object_duplicated_key_and_value']);
// Decision, where RFC 8259 leaves room: numbers of any size are numbers, or Infinity, as JSON.parse reads them. Bytes that are no
// UTF-8, lone surrogates, a byte order mark and nesting beyond 32 are refused.
const takenHere: ReadonlySet<string> = new Set([
  'i_number_double_huge_neg_exp',
  'i_number_huge_exp',
  'i_number_neg_int_huge_exp',
  'i_number_pos_double_huge_exp',
  'i_number_real_neg_overflow',
  'i_number_real_pos_overflow',
  'i_number_real_underflow',
  'i_number_too_big_neg_int',
  'i_number_too_big_pos_int',
  'i_number_very_big_negative_int',
]);

const isTaken = ({ id, expected }: JsonCase): boolean =>
  expected === 'either' ? takenHere.has(id) : expected === 'accept' && !refusedHere.has(id);

function bytesOf({ base64, repeat }: JsonCase): Uint8Array {
  if (base64 !== undefined) return Uint8Array.from(Buffer.from(base64, 'base64'));
  return toUtf8(repeat!.text.repeat(repeat!.count) + (repeat!.suffix ?? ''));
}

/** The same as the value of a member: most cases are no objects. */
function within(bytes: Uint8Array): Uint8Array {
  const [before, after] = [toUtf8('{"in":'), toUtf8('}')];
  return concatBytes([before, bytes, after], before.length + bytes.length + after.length);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Of text that the suite calls well formed. */
const parse = (bytes: Uint8Array): unknown => JSON.parse(fromUtf8(bytes)!) as unknown;

afterAll(() => {
  count('json-parsing/json-test-suite', cases.length, 'as it stands and as a member');
  printCounts();
});

describe('JSONTestSuite', () => {
  it('is all here', () => {
    checkMembers('json-test-suite', cases, ['id', 'expected', 'base64', 'repeat']);
    expect(cases).toHaveLength(318);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(318);
    const ids = new Set(cases.map(({ id }) => id));
    for (const id of [...refusedHere, ...takenHere]) expect(ids.has(id)).toBe(true);
  });

  it.each(cases.map((each) => [each.id, each] as const))('%s', (_, each) => {
    const bytes = bytesOf(each);
    const taken = isTaken(each);
    const value = taken ? parse(bytes) : undefined;
    const found = parseJsonObject(bytes);
    expect(found && JSON.stringify(found)).toBe(isObject(value) ? JSON.stringify(value) : undefined);
    const member = parseJsonObject(within(bytes));
    expect(member && JSON.stringify(member['in'])).toBe(taken ? JSON.stringify(value) : undefined);
  });
});
