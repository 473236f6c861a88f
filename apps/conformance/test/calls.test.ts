import { loadCallCases, runCalls, type CallResult } from '@auth/test-vectors';
import { expect, test } from 'vitest';

import { createCall } from '../src/vectors.js';

const results: CallResult[] = [];
for await (const result of runCalls(createCall)) results.push(result);

test.each(results)('$id: $title', ({ outcome, messages }) => {
  expect(messages).toEqual([]);
  expect(outcome).toBe('passed');
});

test('every case of helpers was run', () => {
  expect(results.map(({ id }) => id)).toEqual(loadCallCases().map(({ id }) => id));
});
