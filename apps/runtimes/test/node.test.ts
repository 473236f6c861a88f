import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../', import.meta.url));
const nodes = {
  20: join(root, 'node_modules/node-20/bin/node'),
  22: join(root, 'node_modules/node-22/bin/node'),
  // That of the repository: the tests themselves run on others too.
  24: join(root, '../../node_modules/node/bin/node'),
  26: join(root, 'node_modules/node-26/bin/node'),
};
let folder = '';

/** The script with the client in it; undici comes from elsewhere, in this version. */
async function bundle(undici: string): Promise<void> {
  await build({
    entryPoints: [join(root, 'test/script.ts')],
    outfile: join(folder, `${undici}.mjs`),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['@auth/source'],
    plugins: [
      {
        name: 'undici',
        setup: (made) => made.onResolve({ filter: /^undici$/ }, () => ({ path: undici, external: true })),
      },
    ],
    logLevel: 'error',
  });
}

beforeAll(async () => {
  // Beside its dependencies, so that it finds them.
  folder = await mkdtemp(join(root, 'node_modules', '.script-'));
  await Promise.all([bundle('undici'), bundle('undici-8')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the client under Node, by its own fetch and by undici', () => {
  it.each([
    ['20', 'undici'],
    ['22', 'undici'],
    ['22', 'undici-8'],
    ['24', 'undici'],
    ['24', 'undici-8'],
    ['26', 'undici'],
    ['26', 'undici-8'],
  ] as const)(
    '%s with %s gets one token, replaces it where it is refused, and proves its key',
    async (version, undici) => {
      const { stdout: found } = await run(nodes[version], ['--version']);
      expect(found).toMatch(new RegExp(`^v${version}\\.`));
      const { stdout } = await run(nodes[version], [join(folder, `${undici}.mjs`)]);
      expect(JSON.parse(stdout)).toEqual({
        statuses: [200, 200, 200],
        seenByFetch: ['DPoP token-1 é proven', 'DPoP token-2 é proven'],
        byUndici: 200,
        seenByUndici: ['Bearer token-1 é unproven', 'Bearer token-2 é unproven'],
        tokens: 2,
      });
    },
  );
});
