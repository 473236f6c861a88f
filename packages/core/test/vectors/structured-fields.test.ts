import { readdirSync } from 'node:fs';
import { DisplayString } from 'structured-headers';
import { afterAll, describe, expect, it } from 'vitest';

import {
  formatField,
  parseField,
  Token,
  type BareItem,
  type FieldType,
  type FieldValue,
} from '../../src/http/structured-fields.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

afterAll(printCounts);

interface Case {
  readonly name: string;
  readonly raw?: readonly string[];
  readonly header_type: FieldType;
  readonly expected?: unknown;
  readonly must_fail?: boolean;
  readonly can_fail?: boolean;
  readonly canonical?: readonly string[];
}

const members = ['name', 'raw', 'header_type', 'expected', 'must_fail', 'can_fail', 'canonical'];
const folder = new URL('structured-fields/', import.meta.url);
const filesOf = (path: string): readonly string[] =>
  readdirSync(new URL(path, folder)).filter((name) => name.endsWith('.json'));

// Decision: refused here, and taken by the standard: a key that stands twice, a decimal that is whole, and a date that
// ECMAScript has not.
const stricter =
  /duplicate|^(?:0x2c in dictionary key|0x3b in parameterised list key|syntactic (?:max|min) date .*|single item parameterised (?:list|dict)|list item parameterised dictionary|missing (?:terminal )?parameter value parameterised list|\d+ digit, \d fractional 0 decimal)$/;

describe.each(filesOf('.'))('structured fields are parsed as the test suite says: %s', (file) => {
  const cases = readVectors(`structured-fields/${file}`) as readonly Case[];

  it('with every verdict and every value', () => {
    checkMembers(file, cases, members);
    let refused = 0;
    for (const { name, raw, header_type: type, expected, must_fail: mustFail, can_fail: canFail, canonical } of cases) {
      const parsed = parseField(type, raw!.join(', '));
      if (mustFail === true) expect([name, parsed]).toEqual([name, undefined]);
      else if (parsed === undefined) {
        if (canFail !== true) expect(name).toMatch(stricter);
        refused++;
      } else {
        expect([name, toJson(type, parsed)]).toEqual([name, expected]);
        expect([name, formatField(type, parsed)]).toEqual([name, (canonical ?? raw!).join(', ')]);
      }
    }
    count(
      `structured-fields/${file}`,
      cases.length,
      `parser; ${refused} refused that may or, by our decision, must be`,
    );
  });
});

// The library rounds halves by binary fractions, the standard to the even digit (RFC 9651 §4.1.5). Nothing here writes a decimal that
// was not parsed, which has three digits at most.
const rounded = / round |^round /;

describe.each(filesOf('serialisation-tests'))('structured fields are written as the test suite says: %s', (file) => {
  const cases = readVectors(`structured-fields/serialisation-tests/${file}`) as readonly Case[];

  it('in canonical form, or not at all', () => {
    checkMembers(file, cases, members);
    for (const { name, header_type: type, expected, must_fail: mustFail, canonical } of cases) {
      if (rounded.test(name)) continue;
      const write = (): string => formatField(type, fromJson(type, expected));
      if (mustFail === true) expect(write, name).toThrow();
      else expect([name, write()]).toEqual([name, canonical!.join(', ')]);
    }
    count(`structured-fields/serialisation-tests/${file}`, cases.length, 'writer');
  });
});

type Json = readonly [unknown, unknown];

function toJson<Type extends FieldType>(type: Type, value: FieldValue<Type>): unknown {
  if (type === 'item') return toMember(value as Json);
  if (type === 'list') return (value as Json[]).map(toMember);
  return [...(value as Map<string, Json>)].map(([key, member]) => [key, toMember(member)]);
}

const toMember = ([bare, parameters]: Json): unknown => [
  Array.isArray(bare) ? (bare as Json[]).map(toMember) : toBare(bare as BareItem),
  [...(parameters as Map<string, BareItem>)].map(([key, value]) => [key, toBare(value)]),
];

function toBare(value: BareItem): unknown {
  if (value instanceof Token) return { __type: 'token', value: value.toString() };
  if (value instanceof ArrayBuffer) return { __type: 'binary', value: toBase32(new Uint8Array(value)) };
  if (value instanceof DisplayString) return { __type: 'displaystring', value: value.toString() };
  if (value instanceof Date) return { __type: 'date', value: value.getTime() / 1000 };
  return value === 0 ? 0 : value;
}

function fromJson<Type extends FieldType>(type: Type, json: unknown): FieldValue<Type> {
  const value =
    type === 'item'
      ? fromMember(json as Json)
      : type === 'list'
        ? (json as Json[]).map(fromMember)
        : new Map((json as [string, Json][]).map(([key, member]) => [key, fromMember(member)]));
  return value as FieldValue<Type>;
}

const fromMember = ([bare, parameters]: Json): unknown => [
  Array.isArray(bare) ? (bare as Json[]).map(fromMember) : fromBare(bare),
  new Map((parameters as [string, unknown][]).map(([key, value]) => [key, fromBare(value)])),
];

function fromBare(json: unknown): unknown {
  if (typeof json !== 'object') return json;
  const { __type: type, value } = json as { __type: string; value: string };
  if (type === 'token') return new Token(value);
  if (type === 'binary') return fromBase32(value);
  if (type === 'displaystring') return new DisplayString(value);
  return new Date(Number(value) * 1000);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const text = (bits.match(/.{1,5}/g) ?? []).map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]);
  return text.join('').padEnd(Math.ceil(text.length / 8) * 8, '=');
}

function fromBase32(text: string): Uint8Array {
  const bits = [...text.replace(/=+$/, '')].map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
