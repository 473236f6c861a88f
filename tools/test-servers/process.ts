/** What the servers that tests start have in common. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Where a program is; undefined where it is not installed. At a desk its tests are skipped; in CI that is a failure. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const path = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', ...folders];
  const found = path.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined && process.env['CI']) throw new Error(`${name} is not installed: in CI that is a failure`);
  if (found === undefined) console.warn(`${name} is not installed: tests that need it are skipped`);
  return found;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program that says nothing; its errors are kept for whoever waits in vain. */
export function start(file: string, args: readonly string[], cwd: string): ChildProcess {
  return spawn(file, args, { cwd, stdio: ['ignore', 'ignore', 'ignore'] });
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}

/** Tries until it works. */
export async function until<T>(work: () => Promise<T>, seconds = 15): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
