import { runSuite, type Result } from '@auth/test-vectors';
import { describe, expect, test } from 'vitest';

import { hosts } from '../src/hosts/index.js';
import { startIn } from '../src/vectors.js';

async function resultsIn(host: string): Promise<readonly Result[]> {
  const results: Result[] = [];
  for await (const result of runSuite(startIn(host), { host })) results.push(result);
  return results;
}

const names = Object.keys(hosts);
const resultsByHost = await Promise.all(names.map(resultsIn));

describe.each(names.map((name, index) => ({ name, results: resultsByHost[index]! })))('$name', ({ results }) => {
  test.for(results)('$id: $title', ({ outcome, messages }, { skip }) => {
    skip(outcome === 'except', messages.join('; '));
    expect(messages).toEqual([]);
    expect(outcome).toBe('passed');
  });

  test('the suite has cases', () => {
    expect(results.length).toBeGreaterThan(0);
  });
});
