import { runClientSuite, type ClientResult } from '@auth/test-vectors';
import { expect, test } from 'vitest';

import { startClient } from '../src/client-vectors.js';

const results: ClientResult[] = [];
for await (const result of runClientSuite(startClient)) results.push(result);

test.for(results)('$id: $title', ({ outcome, messages }) => {
  expect(messages).toEqual([]);
  expect(outcome).toBe('passed');
});
