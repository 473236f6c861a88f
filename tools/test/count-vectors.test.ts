import { describe, expect, it } from 'vitest';

import { readCounts } from '../count-vectors.ts';

describe('readCounts', () => {
  it('finds the lines of the tests, each once, and adds their cases up', () => {
    const output = [
      'stdout | x.test.ts',
      'b.json: 2 cases, 2 back ends',
      'a.json: 40 cases, once',
      'b.json: 2 cases, 2 back ends',
      'done: many cases',
    ];
    expect(readCounts(output.join('\n'))).toEqual({
      lines: ['a.json: 40 cases, once', 'b.json: 2 cases, 2 back ends'],
      cases: 42,
    });
  });
});
