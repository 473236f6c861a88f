/**
 * Packs every public package, lints the tarballs (publint, attw), installs them into an empty folder with npm, and
 * imports every export there, with `import` and with `require`, on the pinned Node and on the one that called. Then bundles
 * small programs of them and holds their sizes against budgets, and runs the first example of each README.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkBundles } from './check-bundles.ts';
import { checkExamples, frameworks } from './check-examples.ts';
import { publicPackages, root, type Manifest } from './packages.ts';

const windows = process.platform === 'win32';
let failed = 0;

function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell: windows });
  if (status === 0) return stdout;
  console.error(`FAILED: ${command} ${args.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}`);
  failed += 1;
  return undefined;
}

/** Words that only this repository understands must not be published. */
function checkManifest(tarball: string): void {
  const text = run('tar', ['-xzOf', tarball, 'package/package.json'], root);
  if (text === undefined) return;
  const found = /@auth\/source|"(?:workspace|catalog):/.exec(text);
  if (!found) return;
  console.error(`FAILED: the packed package.json of ${(JSON.parse(text) as Manifest).name} has ${found[0]}`);
  failed += 1;
}

/** What can be imported by name: all exports but patterns. */
function specifiersOf({ name, exports }: Manifest): string[] {
  return Object.keys(exports)
    .filter((key) => !key.includes('*') && !key.endsWith('.json'))
    .map((key) => name + key.slice(1));
}

function importAll(folder: string, specifiers: readonly string[]): void {
  const list = JSON.stringify(specifiers);
  const report = `console.log(\`\${process.version}: \${kind} of ${specifiers.length} exports\`);`;
  writeFileSync(
    join(folder, 'import.mjs'),
    `const kind = 'import';\nawait Promise.all(${list}.map((each) => import(each)));\n${report}\n`,
  );
  writeFileSync(
    join(folder, 'require.cjs'),
    `const kind = 'require';\n${list}.forEach((each) => require(each));\n${report}\n`,
  );
  const nodes = new Set([process.execPath, process.env['CALLER_NODE'] ?? process.execPath]);
  for (const node of nodes) {
    for (const file of ['import.mjs', 'require.cjs']) process.stdout.write(run(node, [file], folder) ?? '');
  }
}

async function check(folder: string): Promise<void> {
  const manifests = publicPackages().map(({ manifest }) => manifest);
  const tarballs = join(folder, 'tarballs');
  const consumer = join(folder, 'consumer');
  mkdirSync(tarballs);
  mkdirSync(consumer);
  run('pnpm', ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', tarballs], root);
  const files = readdirSync(tarballs).map((file) => join(tarballs, file));
  console.log(`packed ${files.length} of ${manifests.length} packages`);
  if (files.length !== manifests.length) failed += 1;
  for (const file of files) {
    checkManifest(file);
    run('publint', ['--strict', file], root);
    run('attw', ['--profile', 'esm-only', '--exclude-entrypoints', './package.json', '--', file], root);
  }
  console.log(`publint and attw: ${files.length} tarballs`);
  writeFileSync(join(consumer, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  if (run('npm', ['install', ...options, ...files, ...frameworks()], consumer) === undefined) return;
  console.log('installed the tarballs with npm');
  importAll(consumer, manifests.flatMap(specifiersOf));
  if (!(await checkBundles(consumer))) failed += 1;
  if (!(await checkExamples(consumer))) failed += 1;
}

const folder = mkdtempSync(join(tmpdir(), 'check-exports-'));
try {
  await check(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed === 0 ? 'exports: all good' : `exports: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
