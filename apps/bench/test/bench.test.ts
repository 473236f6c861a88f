import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { build, defaultServerConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import manifest from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../', import.meta.url));
// Processes are started and libraries loaded; how fast is nobody's business here.
const patienceMs = 600_000;
const ratio = String.raw`\d+\.\d\dx \(\d+\.\d\d-\d+\.\d\d\)`;

let folder = '';

/** The program's sources, as they are now, in files that Node runs. */
beforeAll(async () => {
  // Beside the program's dependencies, so that it finds them.
  folder = await mkdtemp(join(root, 'node_modules', '.program-'));
  const conditions = ['@auth/source', ...defaultServerConditions];
  const own = Object.keys(manifest.dependencies);
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: own, external: Object.keys(manifest.devDependencies), resolve: { conditions } },
    build: {
      ssr: true,
      outDir: folder,
      minify: false,
      target: 'es2022',
      rolldownOptions: {
        input: ['src/main.ts', 'src/serve.ts'],
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
}, patienceMs);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(folder, 'main.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** The rows of this name that end with two ratios and their spread. */
const rowsOf = (stdout: string, name: string): readonly string[] =>
  stdout.match(new RegExp(`^  ${name} {2,}[^(\\n]*(?: ${ratio} *){2}$`, 'gm')) ?? [];

describe('a quick run', () => {
  let ended: Ended;
  beforeAll(async () => {
    ended = await run('--quick');
  }, patienceMs);

  test('ends well, and says nothing on stderr', () => {
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['the scheme, for each algorithm and each kind of bad token', '@auth/core scheme', 4 + 6],
    ['the whole guard, for the same', '@auth/core auth.check', 4 + 6],
    ['jsonwebtoken, which knows no EdDSA', 'jsonwebtoken', 3 + 6],
    ['fast-jwt with its cache, where tokens are good', 'fast-jwt, cached', 4],
    ['API keys by the smallest store', 'auth.check, 10 keys', 1],
    ['each framework with API keys', 'api key', 5],
    ['each framework with tokens', 'jwt', 5],
    ['each framework with what people use otherwise', 'rival', 5],
  ])('prints ratios of %s', (_title, name, rows) => {
    expect(rowsOf(ended.stdout, name)).toHaveLength(rows);
  });

  test('says of each target whether it is reached, and counts them', () => {
    const count = (verdict: string): number =>
      ended.stdout.match(new RegExp(`^  ${verdict} +.+, at (?:most|least) .+$`, 'gm'))?.length ?? 0;
    const [reached, missed] = [count('reached'), count('missed')];
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toBe(`${reached} reached, ${missed} missed`);
    expect(reached + missed).toBeGreaterThan(0);
  });
});

test.each([
  ['an unknown part', ['--only', 'toString']],
  ['an unknown option', ['--fast']],
])('%s is told on stderr, and exits with 2', { timeout: patienceMs }, async (_title, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('usage: bench');
  expect(stderr).not.toContain('    at ');
});
