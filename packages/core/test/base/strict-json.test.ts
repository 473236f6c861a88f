import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { parseJsonObject } from '../../src/base/strict-json.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string) => parseJsonObject(utf8(text));
const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('parseJsonObject', () => {
  it('answers what JSON.parse answers for every object without doubled members', () => {
    const value = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(value, fc.boolean(), (object, indented) => {
        const text = JSON.stringify(object, null, indented ? 2 : undefined);
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['twice the same member', '{"a":1,"a":1}'],
    ['twice the same member, once by escape', String.raw`{"alg":1,"\u0061lg":2}`],
    [
      'twice the same member by two escapes',
      String.raw`{"\u0061":1,"\x61":2}`.replace(String.raw`\x61`, String.raw`\u0061`),
    ],
    ['twice the same member deep inside', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
    ['twice __proto__', '{"__proto__":1,"__proto__":2}'],
    ['twice the empty member', '{"":1,"":2}'],
    ['twice a number as a member', '{"1":1,"1":2}'],
    ['three, of which two are one', '{"a":":","b":"::","a":0}'],
  ])('refuses %s (RFC 7515 §4)', (_, text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(parse(text)).toBeUndefined();
  });

  it.each([
    ['colons in strings', '{"a:":"::","b":":{[\\":"}'],
    ['quotes and backslashes in strings', String.raw`{"a\"":"\\","b\\":"\\\":"}`],
    ['one name in two objects', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'],
    ['names that differ in case', '{"a":1,"A":2}'],
    ['names that differ in normalisation alone', '{"\u00e9":1,"e\u0301":2}'],
  ])('takes %s for what they are', (_, text) => {
    expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it.each([
    ['an array', '[]'],
    ['a text', '"a"'],
    ['a number', '1'],
    ['null', 'null'],
    ['nothing', ''],
    ['a byte order mark (RFC 8259 §8.1)', '\ufeff{}'],
    ['bytes after the end', '{}x'],
    ['two objects', '{}{}'],
    ['a NUL after the end', '{}\0'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{/**/}'],
    ['a comma too many', '{"a":1,}'],
    ['NaN', '{"a":NaN}'],
    ['an open string', '{"a":"'],
    ['an open string that ends in a backslash', '{"a":"\\'],
    ['closing brackets first', '}}{{'],
    ['a control character in a string', '{"a":"\u0001"}'],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('takes depth 32 and refuses depth 33, of arrays and of objects', () => {
    const objects = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
    expect(parse(nested(32))).toBeDefined();
    expect(parse(nested(33))).toBeUndefined();
    expect(parse(objects(32))).toBeDefined();
    expect(parse(objects(33))).toBeUndefined();
  });

  it('counts depth by what is open, not by brackets', () => {
    expect(parse(`{"a":[${Array(1000).fill('[]').join(',')}],"b":"${'['.repeat(1000)}"}`)).toBeDefined();
  });

  it('refuses nesting that is too deep before it parses', () => {
    const parser = vi.spyOn(JSON, 'parse');
    expect(parse(nested(100_000))).toBeUndefined();
    expect(parser).not.toHaveBeenCalled();
    parser.mockRestore();
  });

  it.each([
    ['a byte that starts nothing', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a character cut off', [0xe2, 0x82]],
  ])('refuses %s (RFC 8725 §3.7)', (_, bytes) => {
    expect(parseJsonObject(Uint8Array.from([...utf8('{"a":"'), ...bytes, ...utf8('"}')]))).toBeUndefined();
  });

  it.each([
    ['a high surrogate in a value', String.raw`{"a":"\ud800"}`],
    ['a low surrogate in a value', String.raw`{"a":"x\udc00y"}`],
    ['two in the wrong order', String.raw`{"a":"\udc00\ud800"}`],
    ['one in a name', String.raw`{"\ud800":1}`],
    ['one in a list deep inside', String.raw`{"a":[{"b":["\uDBFF"]}]}`],
  ])('refuses %s without its other half', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('takes a whole pair of surrogates', () => {
    expect(parse(String.raw`{"a":"\ud83d\ude00"}`)).toEqual({ a: '😀' });
  });

  it('keeps __proto__, constructor and toString as members on no prototype (CWE-1321)', () => {
    const object = parse('{"__proto__":{"admin":true},"constructor":1,"toString":2,"in":{"__proto__":3}}')!;
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor', 'toString', 'in']);
    expect(object['admin']).toBeUndefined();
    expect(Object.getPrototypeOf(object['in'])).toBeNull();
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('answers an object or undefined for any bytes', () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u0061', '1', ' '), maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), text.map(utf8)), (bytes) => {
        const value = parseJsonObject(bytes);
        expect(value === undefined || (typeof value === 'object' && Object.getPrototypeOf(value) === null)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the work of parseJsonObject', () => {
  /** Characters looked at, by `charCodeAt` and on the ways that `indexOf` goes; ends where it is far too much. */
  function workOf(text: string): number {
    const bytes = utf8(text);
    let work = 0;
    const spend = (characters: number): void => {
      work += characters;
      if (work > text.length * 100) throw new Error('too much work');
    };
    // The originals, called with the text that the counting ones get.
    // oxlint-disable-next-line typescript/unbound-method
    const { charCodeAt, indexOf } = String.prototype;
    const replace = (members: object): unknown => Object.assign(String.prototype, members);
    replace({
      charCodeAt(this: string, i: number) {
        spend(1);
        return charCodeAt.call(this, i);
      },
      indexOf(this: string, what: string, from = 0) {
        const found = indexOf.call(this, what, from);
        spend((found === -1 ? this.length : found) - from);
        return found;
      },
    });
    try {
      parseJsonObject(bytes);
    } finally {
      replace({ charCodeAt, indexOf });
    }
    return work;
  }

  it.each([
    ['backslashes before a quote', (n: number) => `{"a":"${'\\'.repeat(n)}"}`],
    ['escaped quotes', (n: number) => `{"a":"${'\\"'.repeat(n / 2)}"}`],
    ['quotes', (n: number) => '"'.repeat(n)],
    ['open quotes behind backslashes', (n: number) => `"${'\\"'.repeat(n / 2)}`],
    ['members', (n: number) => `{${Array.from({ length: n / 10 }, (_, i) => `"m${i}":1`).join(',')}}`],
    ['one long string', (n: number) => `{"a":"${'x'.repeat(n)}"}`],
  ])('grows in step with the length for %s', (_, make) => {
    const [small, large] = [workOf(make(2000)), workOf(make(20_000))];
    expect(large).toBeGreaterThan(0);
    expect(large / small).toBeLessThan(14);
  });
});
