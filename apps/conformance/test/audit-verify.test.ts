import { readFile } from 'node:fs/promises';

import { generateApiKey } from '@auth/core';
import { expect, test } from 'vitest';

import { useProgram, type Ended } from './program.js';

const program = useProgram();
const key = generateApiKey('acme');

/** Serves a few requests, and ends as a service manager has it. */
async function serveOnce(log: string): Promise<void> {
  const file = await program.write('config.json', {
    audit: { file: log, chain: true },
    schemes: { keys: { type: 'apiKey', prefix: 'acme', keys: [{ id: 'k1', key, subject: 'svc-1', scopes: [] }] } },
    routes: [{ method: 'GET', path: '/orders', require: { scheme: 'keys' } }],
  });
  const run = program.run('serve', '--framework', 'express', '--config', file);
  const { url } = JSON.parse(await run.firstLine) as { url: string };
  for (const headers of [{ 'X-API-Key': key }, { 'User-Agent': 'a","outcome":"allow' }, {}] as Record<string, string>[])
    await (await fetch(`${url}/orders`, { headers })).arrayBuffer();
  run.child.kill('SIGTERM');
  expect(await run.ended).toMatchObject({ code: 0 });
}

const verify = (...args: readonly string[]): Promise<Ended> => program.run('audit-verify', ...args).ended;

test('the log of a server verifies after it has ended, and after a restart; what was changed or cut off is named', async () => {
  const log = program.path('audit.jsonl');
  await serveOnce(log);
  await serveOnce(log);
  const text = await readFile(log, 'utf8');
  const lines = text.split('\n').slice(0, -1);
  expect(lines.map((line) => (JSON.parse(line) as { outcome?: string }).outcome ?? 'checkpoint')).toEqual(
    ['first', 'second'].flatMap(() => ['checkpoint', 'allow', 'refuse', 'refuse', 'checkpoint']),
  );
  expect(text).not.toContain(key);

  const beside = await verify(log);
  expect(beside).toMatchObject({ code: 0 });
  expect(beside.stdout).toMatch(/from beside the log[^]*10 lines, whole/);
  const elsewhere = await program.write('elsewhere.pem', await readFile(`${log}.pub`, 'utf8'));
  expect(await verify(log, '--key', elsewhere)).toMatchObject({ code: 0, stdout: '10 lines, whole\n' });

  await program.write('audit.jsonl', text.replace('"refuse"', '"allow"'));
  expect(await verify(log)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/\nline 4: chain-broken\n$/) as string,
  });
  await program.write('audit.jsonl', `${lines.slice(0, -2).join('\n')}\n`);
  expect(await verify(log)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/\nline 9: truncated\n$/) as string,
  });
  await program.write('audit.jsonl.checkpoints', '');
  expect(await verify(log)).toMatchObject({ code: 3 });
  expect(await verify(program.path('missing.jsonl'))).toMatchObject({ code: 2 });
});
