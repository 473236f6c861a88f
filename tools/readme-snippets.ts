/** Takes the examples of a README at their word: they are type checked, and run in a process of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { build } from 'esbuild';
import ts from 'typescript';

/** The TypeScript blocks of a text in Markdown, in order. */
export function findSnippets(markdown: string): readonly string[] {
  return Array.from(markdown.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = '']) => code);
}

export const readSnippets = (folder: string): readonly string[] =>
  findSnippets(readFileSync(join(folder, 'README.md'), 'utf8'));

/** What the compiler says of code that stands in a package, with the options of the package. */
export function checkTypes(folder: string, code: string): readonly string[] {
  // A package that knows no Node elsewhere may do so in its examples.
  const file = ['tsconfig.node.json', 'tsconfig.json']
    .map((each) => join(folder, each))
    .find((each) => ts.sys.fileExists(each))!;
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const name = join(folder, 'readme-example.ts');
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([name], options, {
    ...host,
    fileExists: (path) => path === name || host.fileExists(path),
    readFile: (path) => (path === name ? code : host.readFile(path)),
    getSourceFile: (path, languageVersion) =>
      path === name
        ? ts.createSourceFile(path, code, languageVersion, true)
        : host.getSourceFile(path, languageVersion),
  });
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(name))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

export interface RunningExample {
  /** The next line of what it prints that fits; others are left out. */
  readonly findLine: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly stop: () => Promise<void>;
}

/** Runs code as if it stood in a package, on a free port in the place of 3000. */
export async function startExample(folder: string, code: string): Promise<RunningExample> {
  const port = await findPort();
  const script = await bundle(folder, code.replaceAll('3000', String(port)));
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout);
  child.stdin.end(script);
  return {
    async findLine(pattern) {
      for await (const line of lines) {
        const found = pattern.exec(line);
        if (found) return found;
      }
      throw new Error('the example has ended');
    },
    async stop() {
      child.kill();
      await closed;
    },
  };
}

/** One script: packages of this repository, and what they depend on, are in it; what the reader installs is imported. */
async function bundle(folder: string, contents: string): Promise<string> {
  const { devDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    devDependencies?: Readonly<Record<string, string>>;
  };
  const { outputFiles } = await build({
    stdin: { contents, loader: 'ts', resolveDir: folder, sourcefile: 'README.ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    logLevel: 'silent',
    tsconfig: join(folder, 'tsconfig.json'),
    // AUTH_TEST_DIST=1 takes the built packages, as for all tests.
    conditions: process.env['AUTH_TEST_DIST'] ? [] : ['@auth/source'],
    external: Object.keys(devDependencies).filter((name) => !name.startsWith('@auth/')),
  });
  return outputFiles[0]!.text;
}

export async function findPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
