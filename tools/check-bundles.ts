/**
 * What somebody pays for an import: bundles small programs of the built packages as an application would, holds their size
 * against a budget, and fails where a module comes along that has no business there.
 */
import { build, type Metafile } from 'esbuild';
import { brotliCompressSync } from 'node:zlib';

interface Bundle {
  readonly name: string;
  readonly code: string;
  /** Bytes, minified and compressed by brotli. */
  readonly budget: number;
  /** What must not come along: parts of the paths of modules. */
  readonly without?: readonly string[];
  /** For Node, with `node:crypto`; else for every runtime, with Web Crypto. */
  readonly node?: boolean;
}

const core = (names: string): string => `export { ${names} } from '@auth/core'`;

// Budgets stand some 5 % over what was measured: growing takes a sentence of reason in the commit that raises one.
const bundles: readonly Bundle[] = [
  { name: 'jwt, any runtime (jose included)', code: core('createAuth, jwt'), budget: 61_500, without: ['argon2', 'scrypt'] },
  { name: 'jwt, Node', code: core('createAuth, jwt'), budget: 48_000, node: true, without: ['/jose/', 'argon2', 'scrypt'] },
  { name: 'api keys, Node', code: core('createAuth, apiKey'), budget: 38_000, node: true, without: ['/jose/'] },
  { name: 'everything, Node', code: `export * from '@auth/core'`, budget: 75_000, node: true, without: ['/jose/', '/oauth4webapi/'] },
  { name: 'oidc, any runtime (jose, oauth4webapi included)', code: `export * from '@auth/core/oidc'`, budget: 49_000, without: ['argon2', 'scrypt'] },
  { name: 'oidc, Node (oauth4webapi included)', code: `export * from '@auth/core/oidc'`, budget: 39_500, node: true, without: ['/jose/', 'argon2', 'scrypt'] },
  { name: 'express', code: `export * from '@auth/express'`, budget: 10_000, node: true, without: ['/express/dist/express', '/jose/'] },
  { name: 'fastify', code: `export * from '@auth/fastify'`, budget: 9800, node: true },
  { name: 'client', code: `export * from '@auth/client'`, budget: 31_500, node: true, without: ['/jose/', '/guard/'] },
  { name: 'client, an API key', code: `export { createClient, apiKey } from '@auth/client'`, budget: 8700, node: true, without: ['/jose/', '/guard/'] },
  { name: 'client, client credentials', code: `export { createClient, clientCredentials } from '@auth/client'`, budget: 20_000, node: true, without: ['/jose/', '/guard/', 'structured-headers'] },
  { name: 'redis', code: `export * from '@auth/redis'`, budget: 14_700, node: true, without: ['/jose/', '/guard/', '/ioredis/'] },
  { name: 'postgres', code: `export * from '@auth/postgres'`, budget: 9100, node: true, without: ['/jose/', '/guard/', '/pg/'] },
  { name: 'koa', code: `export * from '@auth/koa'`, budget: 9800, node: true },
]; // prettier-ignore

/** @param folder where the packages are installed; from the repository, bundlers would find sources */
export async function checkBundles(folder: string): Promise<boolean> {
  let good = true;
  for (const bundle of bundles) {
    const { size, bled } = await measure(bundle, folder);
    const fits = size <= bundle.budget && bled.length === 0;
    good &&= fits;
    const beside = bled.length > 0 ? `, with ${bled.join(', ')}` : '';
    console.log(`${fits ? 'bundle' : 'FAILED: bundle'} of ${bundle.name}: ${size} of ${bundle.budget} bytes${beside}`);
  }
  return good;
}

async function measure(
  { code, without = [], node = false }: Bundle,
  folder: string,
): Promise<{ size: number; bled: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    splitting: true,
    outdir: 'out',
    format: 'esm',
    platform: node ? 'node' : 'neutral',
    conditions: node ? ['node', 'import'] : ['worker', 'import'],
    mainFields: ['module', 'main'],
    target: 'es2022',
    logLevel: 'error',
    external: ['node:*'],
  });
  // What is loaded at once; what is imported when it is needed (argon2) stands in chunks of its own.
  const eager = eagerParts(metafile, 'out/stdin.js');
  const size = outputFiles
    .filter(({ path }) => [...eager.outputs].some((output) => path.endsWith(output)))
    .reduce((sum, { contents }) => sum + brotliCompressSync(contents).length, 0);
  return { size, bled: without.filter((part) => [...eager.inputs].some((input) => input.includes(part))) };
}

/** The chunks and modules that an output loads by static imports. */
function eagerParts(metafile: Metafile, start: string): { outputs: ReadonlySet<string>; inputs: ReadonlySet<string> } {
  const outputs = new Set<string>();
  const inputs = new Set<string>();
  const visit = (path: string): void => {
    const output = metafile.outputs[path];
    if (output === undefined || outputs.has(path)) return;
    outputs.add(path);
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) if (bytesInOutput > 0) inputs.add(input);
    for (const each of output.imports) if (each.kind === 'import-statement') visit(each.path);
  };
  visit(start);
  return { outputs, inputs };
}
