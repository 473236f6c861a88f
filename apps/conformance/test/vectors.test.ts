import { loadCases, runSuite, type Host, type Result } from '@auth/test-vectors';
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

describe.each(names.map((name, index) => ({ name, results: resultsByHost[index]! })))('$name', ({ name, results }) => {
  const run = results.filter(({ outcome }) => outcome !== 'except');
  test.for(run)('$id: $title', ({ outcome, messages }) => {
    expect(messages).toEqual([]);
    expect(outcome).toBe('passed');
  });

  test('the suite has cases, and leaves out those alone that say so of this host', () => {
    expect(run.length).toBeGreaterThan(0);
    const left = results.filter(({ outcome }) => outcome === 'except').map(({ id }) => id);
    const said = loadCases().filter(({ except }) => except?.[name as Host] !== undefined);
    expect(left.sort()).toEqual(said.map(({ id }) => id).sort());
  });
});
