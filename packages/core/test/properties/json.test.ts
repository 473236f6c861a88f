import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseJsonObject } from '../../src/base/strict-json.js';
import { mutated } from './arbitrary.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What must come out, told without the parser. `JSON.parse` says whether the text is JSON; what it says is read token by token,
 * and one name twice in an object, lone surrogates and nesting beyond 32 are refused.
 */
function expected(bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes);
    JSON.parse(text);
    const value = new Reader(text).read(0);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads JSON that is known to be well formed; throws for what is refused besides. */
class Reader {
  readonly #tokens: string[];

  constructor(text: string) {
    this.#tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  }

  read(depth: number): unknown {
    const token = this.#tokens.shift()!;
    if (token === '{' || token === '[') {
      if (depth === 32) throw new Error('too deep');
      return token === '{' ? this.#readObject(depth + 1) : this.#readArray(depth + 1);
    }
    const value: unknown = JSON.parse(token);
    if (typeof value === 'string' && !value.isWellFormed()) throw new Error('half a character');
    return value;
  }

  #readArray(depth: number): unknown {
    const items: unknown[] = [];
    while (!this.#took(']')) {
      items.push(this.read(depth));
      this.#took(',');
    }
    return items;
  }

  #readObject(depth: number): unknown {
    const members = Object.create(null) as Record<string, unknown>;
    while (!this.#took('}')) {
      const name = this.read(depth) as string;
      if (name in members || !this.#took(':')) throw new Error('twice');
      members[name] = this.read(depth);
      this.#took(',');
    }
    return members;
  }

  #took(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }
}

function found(bytes: Uint8Array): string | undefined {
  const object = parseJsonObject(bytes);
  return object && JSON.stringify(object);
}

// One name in several spellings, names that objects have from elsewhere, text with what is structure outside of it.
const strings = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('"a"', '"b"', String.raw`"\u0061"`, '"A"', '""', '"1"', '"01"') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('"__proto__"', '"constructor"', String.raw`"_\u005fproto__"`, '"é"', '"e\u0301"'),
  },
  { weight: 2, arbitrary: fc.constantFrom('"{\\"a\\":[1]}"', '"\\\\"', '"\\\\\\""', '":,"', '"\\n"', '"\\/"', '"😀"') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(String.raw`"\ud83d\ude00"`, String.raw`"\ud83d"`, String.raw`"\ude00\ud83d"`),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)) },
);
const scalars = fc.oneof(strings, fc.constantFrom('0', '-0', '1e400', '0.10', '12345678901234567890', 'true', 'null'));
const space = fc.constantFrom('', '', '', ' ', '\n', '\t \r');
/** Joined as JSON is, with white space anywhere. */
const listed = (items: fc.Arbitrary<string>, [start, end]: readonly [string, string]): fc.Arbitrary<string> =>
  fc
    .tuple(space, fc.array(fc.tuple(space, items, space), { maxLength: 5 }))
    .map(([inner, parts]) => start + inner + parts.map((part) => part.join('')).join(',') + end);
const { object: objects } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, scalars, tie('object'), tie('array')),
  object: listed(
    fc
      .tuple(strings, space, space, tie('value'))
      .map(([name, before, after, value]) => `${name}${before}:${after}${value}`),
    ['{', '}'],
  ),
  array: listed(tie('value'), ['[', ']']),
}));
const pieces = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u', '0', '1', '-', ' ', '\ufeff', '\0', '/');

describe('parseJsonObject', () => {
  // V8 may take an escaped name for one that it read before, where the spelling of the first begins with the second
  // (nodejs/node#63785): a member could hide so, or stand twice.
  it.each([
    ['is read as what it says', '{"x":1', '', '}', '{"x":1,"alg":"none"}'],
    ['stands twice where its plain spelling does', '{"y":1', ',"alg":"HS256"', '}', undefined],
    ['stands twice, in an object in a list', '{"in":[{"z":1', ',"alg":"HS256"', '}]}', undefined],
  ])('an escaped name %s, whatever was parsed before', (_, start, others, end, outcome) => {
    const before = `${start},"\\\\u0":0${others}${end}`;
    expect(found(utf8(before))).toBe(before);
    expect(found(utf8(`${start},"\\u0061lg":"none"${others}${end}`))).toBe(outcome);
  });
});

describe('parseJsonObject answers what JSON.parse answers, less what is refused', () => {
  it('for objects in any spelling (RFC 8259; RFC 7515 §4)', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(objects, (text) => {
        const outcome = expected(utf8(text));
        seen[outcome === undefined ? 'refused' : 'taken']++;
        expect(found(utf8(text))).toBe(outcome);
      }),
      { numRuns: 1500 },
    );
    // Each side must have been tried, and often.
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100);
  });

  it('for objects with something changed', () => {
    fc.assert(
      fc.property(mutated(objects, pieces), (text) => {
        expect(found(utf8(text))).toBe(expected(utf8(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('for bytes with bits flipped: ill-formed UTF-8 is refused, and never replaced (RFC 3629 §3)', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(objects, flips, (text, at) => {
        const bytes = utf8(text);
        for (const [byte, bit] of at) bytes[byte % bytes.length]! ^= 1 << bit;
        expect(found(bytes)).toBe(expected(bytes));
      }),
      { numRuns: 1500 },
    );
  });

  it('for nesting on both sides of the limit, in any mixture', () => {
    const levels = fc.array(fc.constantFrom('{"a":', '[', '[0,', '{"b":[],"a":'), { minLength: 28, maxLength: 36 });
    fc.assert(
      fc.property(levels, scalars, (opened, inner) => {
        const closed = opened.toReversed().map((start) => (start.startsWith('{') ? '}' : ']'));
        const bytes = utf8(`{"in":${opened.join('')}${inner}${closed.join('')}}`);
        expect(found(bytes)).toBe(expected(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('and nothing that it answers has a prototype, however deep it stands', () => {
    const isBare = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      ((Array.isArray(value) || Object.getPrototypeOf(value) === null) && Object.values(value).every(isBare));
    fc.assert(
      fc.property(objects, (text) => {
        expect(isBare(parseJsonObject(utf8(text)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
