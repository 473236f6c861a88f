import { readFileSync } from 'node:fs';

import { expect, test, vi } from 'vitest';

import { findSnippets } from '../../../tools/readme-snippets.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const example = read('../examples/node-http.ts');

test('the server without a framework stands in the README of test-vectors as it is', () => {
  expect(findSnippets(read('../../../packages/test-vectors/README.md'))).toContain(example);
});

test('the server without a framework passes the suite', { timeout: 300_000 }, async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  vi.spyOn(console, 'error').mockImplementation((...words: string[]) => void lines.push(words.join(' ')));
  await import('../examples/node-http.js');
  vi.restoreAllMocks();
  expect(lines).toEqual([expect.stringMatching(/^\d{3,4} passed, 0 failed$/)]);
});
