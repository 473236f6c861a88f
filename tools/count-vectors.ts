// `npm run counts`: rows and cases of the suite by table, and public vectors by file, which it runs. Exit 1 on a fault, or a failure.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `jose-rfc/rfc8037.json: 6 cases, 2 back ends`, as the tests of vectors print it. */
const counted = /^\s*(\S+): (\d+) cases, (.+)$/;

/** The lines in which tests say how many vectors of a file they ran, in order, each once. */
export function readCounts(output: string): { readonly lines: readonly string[]; readonly cases: number } {
  const found = output.split('\n').flatMap((line) => {
    const [, file, cases, how] = counted.exec(line) ?? [];
    return file === undefined ? [] : [{ text: `${file}: ${cases} cases, ${how}`, cases: Number(cases) }];
  });
  const lines = [...new Map(found.map((each) => [each.text, each.cases]))];
  return { lines: lines.map(([text]) => text).toSorted(), cases: lines.reduce((sum, [, cases]) => sum + cases, 0) };
}

function run(command: string, args: readonly string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  return { ok: status === 0, output: stdout };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const suite = run(process.execPath, ['packages/test-vectors/tools/check-catalogue.ts']);
  const tests = run('vitest', ['run', '--project', 'core', 'packages/core/test/vectors']);
  const { lines, cases } = readCounts(tests.output);
  const counts = [`vectors:  ${cases} cases of ${lines.length} files`, ...lines.map((line) => `  ${line}`)];
  process.stdout.write(`${suite.output}${counts.join('\n')}\n`);
  if (!suite.ok || !tests.ok || lines.length === 0) process.exitCode = 1;
}
