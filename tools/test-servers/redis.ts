/** A Redis of its own for a test: on a free port of loopback, with a folder of its own, ended by its pid. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ended, findProgram, freePort, start, until } from './process.js';

const program = findProgram('redis-server');

/** Whether tests against Redis can run here. */
export const hasRedis: boolean = program !== undefined;

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Sends one inline command and answers the raw reply. */
  ask(command: string): Promise<string>;
  pause(): void;
  resume(): void;
  /** Ends it at once (SIGKILL). What it has written to its log of commands stays. */
  kill(): Promise<void>;
  /** Starts it again, at the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param settings further ones, as on the command line: `['--maxmemory', '2mb']` */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'auth-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings];
  const run = async () => {
    const child = start(program!, args, folder);
    await until(async () => {
      if (!(await ask(port, 'PING')).startsWith('+PONG')) throw new Error('redis is loading');
    });
    return child;
  };
  let child = await run();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid!;
    },
    ask: (command) => ask(port, command),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await ended(child);
    },
    async restart() {
      child = await run();
    },
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Reads until the reply is whole, as far as its first line says. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('connect', () => socket.write(`${command}\r\nQUIT\r\n`));
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text.replace(/\+OK\r\n$/, '')));
  });
}
