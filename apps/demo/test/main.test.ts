import { createServer } from 'node:http';

import { describe, expect, it } from 'vitest';

import { listen, portOf } from '../src/servers/server.js';
import { useProgram } from './program.js';

describe('the program', { timeout: 60_000 }, () => {
  const run = useProgram();

  const limitMs = 2000;

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s with 0 within two seconds, whoever looks at the page',
    async (signal) => {
      const { child, printed, ended } = run();
      const text = await printed('Serving until Ctrl-C');
      const [, url = ''] = /Open (http:\S+)/.exec(text) ?? [];
      expect(text.split('\n')[0]).toBe(`Open ${url}`);
      expect(text.trimEnd().endsWith(`Open ${url}`)).toBe(true);
      const stream = await fetch(`${url}live`);
      const heard = stream.text();
      const startedMs = performance.now();
      // A terminal and npm send it both.
      child.kill(signal);
      child.kill(signal);
      expect(await ended).toEqual({ code: 0, stderr: '' });
      expect(performance.now() - startedMs).toBeLessThan(limitMs);
      expect(await heard).toContain('event: audit');
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    },
  );

  it('ends on SIGTERM within two seconds while it sends', async () => {
    const { child, printed, ended } = run();
    await printed('express');
    const startedMs = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, stderr: '' });
    expect(performance.now() - startedMs).toBeLessThan(limitMs);
  });

  it('says nothing on stderr, and ends by itself, with --once', async () => {
    const { ended } = run('--once');
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it('serves the page at the port it is given', async () => {
    const port = await freePort();
    const { child, printed, ended } = run('--port', String(port));
    await printed(`Open http://127.0.0.1:${port}/`);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  it('ends with 2 for what it does not know', async () => {
    expect(await run('--twice').ended).toEqual({ code: 2, stderr: 'usage: npm start [-- [--once] [--port PORT]]\n' });
  });
});

async function freePort(): Promise<number> {
  const server = await listen(createServer());
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
