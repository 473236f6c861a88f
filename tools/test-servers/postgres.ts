/** A PostgreSQL of its own for a test: on a free port of loopback, with a data folder of its own, ended by its pid. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findProgram, freePort, until } from './process.js';

const run = promisify(execFile);
const debian = '/usr/lib/postgresql';
const folders = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
const initdb = findProgram('initdb', folders);
const control = findProgram('pg_ctl', folders);

/** Whether tests against PostgreSQL can run here. */
export const hasPostgres: boolean = initdb !== undefined && control !== undefined;

export interface PostgresServer {
  readonly port: number;
  readonly url: string;
  /** Of another role, which has to be made first. */
  urlOf(user: string): string;
  /** SIGSTOP to its processes that answer. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it at once, as a crash would. What it has said was written stays. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0;
const asOwner = (file: string, args: readonly string[]): Promise<unknown> =>
  isRoot ? run('runuser', ['-u', 'postgres', '--', file, ...args], { cwd: tmpdir() }) : run(file, [...args]);

/** @param isDurable whether what is committed survives a crash of the machine too; slower */
export async function startPostgres(isDurable = false): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'auth-postgres-'));
  const data = join(folder, 'data');
  await chmod(folder, 0o755);
  await mkdir(data);
  if (isRoot) await run('chown', ['-R', 'postgres', folder]);
  await asOwner(initdb!, ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C']);
  const port = await freePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=${isDurable ? 'on' : 'off'}`;
  const log = join(folder, 'log');
  const start = (): Promise<unknown> => asOwner(control!, ['-D', data, '-w', '-l', log, '-o', settings, 'start']);
  await start();
  const pids = async (): Promise<readonly number[]> => {
    const [main] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', main!]);
    return [main!, ...stdout.trim().split(/\s+/)].map(Number);
  };
  let paused: number[] = [];
  const resume = async (): Promise<void> => {
    for (const pid of paused.splice(0)) process.kill(pid, 'SIGCONT');
  };
  const kill = async (): Promise<void> => {
    await resume();
    await asOwner(control!, ['-D', data, '-w', '-m', 'immediate', 'stop']);
  };
  const urlOf = (user: string): string => `postgres://${user}@127.0.0.1:${port}/postgres`;
  return {
    port,
    url: urlOf('postgres'),
    urlOf,
    async pause() {
      paused = [...(await pids())];
      for (const pid of paused) process.kill(pid, 'SIGSTOP');
    },
    resume,
    kill,
    restart: () => until(async () => void (await start())),
    async stop() {
      await kill().catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
