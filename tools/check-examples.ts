/** Runs the first example of each README with the packages as they are installed from their tarballs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { transform } from 'esbuild';

import { root } from './packages.ts';
import { findPort, readSnippets } from './readme-snippets.ts';

/** What a reader installs beside the packages: by the versions that the workspace is tested with. */
export function frameworks(): readonly string[] {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const names = ['express', 'fastify', 'koa', '@koa/router', 'reflect-metadata', 'rxjs', 'axios', 'undici'];
  const drivers = ['ioredis', 'redis', 'pg', 'postgres'];
  const nest = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express'];
  return [...names, ...drivers, ...nest].map((name) => {
    const version = new RegExp(`^  '?${name}'?: (\\S+)`, 'm').exec(text)?.[1];
    if (version === undefined) throw new Error(`pnpm-workspace.yaml has no version of ${name}`);
    return `${name}@${version}`;
  });
}

const servers = ['core', 'express', 'fastify', 'koa', 'nest'];
// Their examples export what a server starts with, and connect to nothing before that.
const modules = ['redis', 'postgres'];

/** @param folder where the packages and the frameworks are installed */
export async function checkExamples(folder: string): Promise<boolean> {
  const results = [await passes('client', () => checkClient(folder))];
  for (const name of servers) results.push(await passes(name, () => checkServer(folder, name)));
  for (const name of modules) results.push(await passes(name, () => checkModule(folder, name)));
  return results.every(Boolean);
}

async function passes(name: string, check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    console.log(`example of ${name}: runs as it stands`);
    return true;
  } catch (error) {
    console.error(`FAILED: example of ${name}: ${(error as Error).message}`);
    return false;
  }
}

/** It prints a call that passes; without its credential it is refused. */
async function checkServer(folder: string, name: string): Promise<void> {
  const child = await start(folder, name);
  try {
    const [, header = '', key = '', url = ''] = await findLine(child, /^curl -H '([\w-]+): (\w+)' (\S+)$/);
    const good = await fetch(url, { headers: { [header]: key } });
    const body = await good.text();
    if (good.status !== 200 || body !== '{"for":"svc-1"}')
      throw new Error(`a good key is answered ${good.status} ${body}`);
    const bad = await fetch(url);
    const challenge = bad.headers.get('www-authenticate');
    if (bad.status !== 401 || challenge !== 'ApiKey realm="api"')
      throw new Error(`no key is answered ${bad.status} ${challenge}`);
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

async function checkClient(folder: string): Promise<void> {
  const child = await start(folder, 'client');
  await findLine(child, /^200 \{ sent: 'Bearer abc' \}$/);
  await checkEnd(child);
}

async function checkModule(folder: string, name: string): Promise<void> {
  await checkEnd(await start(folder, name));
}

async function checkEnd(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`it ends with ${child.exitCode}`);
}

/** In a process of its own, on a free port in the place of 3000. */
async function start(folder: string, name: string): Promise<ChildProcess> {
  const [example = ''] = readSnippets(join(root, 'packages', name));
  const { code } = await transform(example.replaceAll('3000', String(await findPort())), {
    loader: 'ts',
    format: 'esm',
    target: 'es2022',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  });
  const file = join(folder, `example-${name}.mjs`);
  writeFileSync(file, code);
  return spawn(process.execPath, [file], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function findLine(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  for await (const line of createInterface(child.stdout!)) {
    const found = pattern.exec(line);
    if (found) return found;
  }
  throw new Error(`it ended without a line like ${pattern.source}`);
}
