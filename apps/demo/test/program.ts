import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { build, defaultServerConditions } from 'vite';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

import manifest from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../', import.meta.url));
// The Node that `npm start` runs it with, whichever runs the tests.
const node = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

/** A run of the program. */
export interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves with all that was printed so far once a text is among it. */
  readonly printed: (wanted: string) => Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Makes one file of the program's sources, as they are now, and runs it in processes of its own. */
export function useProgram(): (...args: readonly string[]) => Run {
  let folder = '';
  beforeAll(async () => {
    // Beside the program's dependencies, so that it finds them; the page is where it is for `dist`.
    folder = await mkdtemp(join(root, 'node_modules', '.program-'));
    await symlink(join(root, 'src'), join(folder, 'src'), 'junction');
    const resolve = { conditions: ['@auth/source', ...defaultServerConditions] };
    const external = Object.keys(manifest.dependencies).filter((name) => !name.startsWith('@auth/'));
    await build({
      configFile: false,
      root,
      logLevel: 'error',
      resolve,
      ssr: { noExternal: true, external, resolve },
      build: { ssr: 'src/main.ts', outDir: join(folder, 'dist'), minify: false, target: 'es2022' },
    });
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (...args) => start(join(folder, 'dist', 'main.js'), args);
}

function start(file: string, args: readonly string[]): Run {
  const child = spawn(node, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  let all = '';
  child.stdout.on('data', (chunk: Buffer) => (all += chunk.toString()));
  const printed = (wanted: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (all.includes(wanted)) resolve(all);
      };
      child.stdout.on('data', look);
      closed.then((code) => reject(new Error(`ended with ${code}, and printed: ${all}`)), reject);
      look();
    });
  const ended = Promise.all([closed, text(child.stderr)]).then(([code, stderr]) => ({ code, stderr }));
  return { child, printed, ended };
}
