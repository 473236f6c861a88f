import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it, onTestFinished, vi } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

it('the first example runs as it stands', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const folder = await mkdtemp(join(fileURLToPath(new URL('.', import.meta.url)), '.readme-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'example.ts');
  await writeFile(file, example.replace("'@auth/client'", "'../../src/index.js'"));
  const log = vi.spyOn(console, 'log').mockReturnValue();
  await import(/* @vite-ignore */ file);
  expect(log.mock.calls).toEqual([[200, { sent: 'Bearer abc' }]]);
  log.mockRestore();
});

it('the example of each strategy runs as it stands', async () => {
  const [, example = ''] = /One of each:\n\n```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(example).toContain('createClient');
  const folder = await mkdtemp(join(fileURLToPath(new URL('.', import.meta.url)), '.readme-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'strategies.ts');
  const local = example
    .replace("'@auth/client'", "'../../src/index.js'")
    .replace("'@auth/client/workload'", "'../../src/workload.js'");
  await writeFile(file, local);
  await expect(import(/* @vite-ignore */ file)).resolves.toBeDefined();
});

it('the table of errors has every code, and no other', async () => {
  const source = await readFile(new URL('../src/client-error.ts', import.meta.url), 'utf8');
  const [, union = ''] = /ClientErrorCode =\n(.*?);/s.exec(source) ?? [];
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  const [, table = ''] = /## Errors\n(.*?)\nEvents/s.exec(readme) ?? [];
  const cells = [...table.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell).join(' ');
  const rows = [...cells.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(10);
  expect(new Set(rows)).toEqual(new Set(codes));
});
