import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { build, defaultServerConditions } from 'vite';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

import manifest from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../', import.meta.url));

/** How a run of the program ended, and all that it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the program. */
export interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** The first line on stdout. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;
}

/** What the tests of one file need of the program. */
export interface Program {
  readonly run: (...args: readonly string[]) => Run;
  /** Writes a file that the program reads, and answers its path. */
  readonly write: (name: string, content: unknown) => Promise<string>;
  readonly path: (name: string) => string;
}

/** Makes one file of the program's sources, as they are now, and runs it in processes of its own. */
export function useProgram(): Program {
  let folder = '';
  beforeAll(async () => {
    // Beside the program's dependencies, so that it finds them.
    folder = await mkdtemp(join(root, 'node_modules', '.program-'));
    await build({
      configFile: false,
      root,
      logLevel: 'error',
      resolve: { conditions: ['@auth/source', ...defaultServerConditions] },
      ssr: {
        noExternal: true,
        external: Object.keys(manifest.dependencies).filter((name) => !name.startsWith('@auth/')),
        resolve: { conditions: ['@auth/source', ...defaultServerConditions] },
      },
      build: { ssr: 'src/main.ts', outDir: folder, minify: false, target: 'es2022' },
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    run: (...args) => start(join(folder, 'main.js'), args),
    async write(name, content) {
      await writeFile(path(name), typeof content === 'string' ? content : JSON.stringify(content));
      return path(name);
    },
  };
}

function start(file: string, args: readonly string[]): Run {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const firstLine = new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('\n')) resolve(printed.slice(0, printed.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it printed a line`)));
  });
  firstLine.catch(() => undefined);
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }));
  return { child, firstLine, ended };
}
