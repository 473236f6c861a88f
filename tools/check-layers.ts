/** Keeps the arrows of ARCHITECTURE.md: which folder of core, and which package, may import which. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

interface Layer {
  /** Below packages/core/src: folders, or files with their ending. Each is a layer, and so is each folder of `schemes`. */
  readonly paths: readonly string[];
  readonly level: number;
  /** It imports the layers of a level lower than this; when unset, than its own. */
  readonly below?: number;
  /** What it imports besides. */
  readonly also?: readonly string[];
}

const layers: readonly Layer[] = [
  { level: 0, paths: ['contracts'] },
  { level: 0, paths: ['base', 'errors'], also: ['contracts', 'base', 'errors'] },
  { level: 1, paths: ['crypto'] },
  { level: 1, paths: ['http'], also: ['crypto'] },
  { level: 2, paths: ['stores', 'keys'] },
  { level: 2, paths: ['message-signatures'], also: ['keys'] },
  { level: 3, paths: ['schemes', 'confirmation'] },
  { level: 3, paths: ['schemes/access-token'], also: ['confirmation'] },
  { level: 3, paths: ['schemes/jwt'], also: ['schemes/access-token'] },
  {
    level: 3,
    paths: ['schemes/oidc'],
    also: ['schemes/access-token', 'schemes/jwt', 'schemes/session', 'client-authentication'],
  },
  { level: 3, paths: ['schemes/hmac'], also: ['schemes/http-signature'] },
  {
    level: 3,
    paths: ['schemes/introspection'],
    also: ['schemes/access-token', 'schemes/jwt', 'client-authentication'],
  },
  { level: 3, paths: ['client-authentication'], also: ['schemes/jwt'] },
  { level: 4, paths: ['policy', 'throttle', 'audit', 'alerts', 'openapi'], below: 3 },
  { level: 4, paths: ['issuer'], below: 3, also: ['schemes/jwt', 'confirmation', 'client-authentication'] },
  { level: 5, paths: ['guard'], below: 3, also: ['confirmation', 'policy', 'throttle', 'audit', 'issuer'] },
  {
    level: 6,
    paths: [
      'fetch',
      'node',
      'testing',
      'index.ts',
      'alerts.ts',
      'audit.ts',
      'fetch.ts',
      'issuer.ts',
      'mtls.ts',
      'node.ts',
      'oidc.ts',
      'openapi.ts',
      'policy.ts',
      'signing.ts',
      'testing.ts',
    ],
    below: 7,
  },
];

/** Folders that hold types only, no code that runs. */
const typesOnly: readonly string[] = ['contracts'];

/** Where core may import Node built-ins. */
const nodeOnly: readonly string[] = ['crypto/node.ts', 'node', 'node.ts', 'testing', 'testing.ts', 'audit/sinks'];

/** What a package may import of the packages of this repository. */
const packages: Readonly<Record<string, readonly string[]>> = {
  core: [],
  client: ['@auth/core', '@auth/core/signing'],
  express: ['@auth/core', '@auth/core/node'],
  fastify: ['@auth/core', '@auth/core/node'],
  koa: ['@auth/core', '@auth/core/node'],
  nest: ['@auth/core', '@auth/core/node'],
  postgres: ['@auth/core', '@auth/core/issuer', '@auth/core/oidc', '@auth/core/policy', '@auth/core/signing'],
  redis: ['@auth/core', '@auth/core/issuer', '@auth/core/oidc', '@auth/core/signing'],
  'test-vectors': [],
};

/** Other packages that core may import; a framework is not among them. */
const coreDependencies = new Set(['jose', '@noble/hashes', 'ipaddr.js', 'oauth4webapi', 'structured-headers']);

export interface SourceFile {
  /** From the repository root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression;
  const loads = called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require');
  return loads ? node.arguments[0] : undefined;
}

function findImports(file: SourceFile): Import[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, false);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier)) {
      const line = source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1;
      found.push({ specifier: specifier.text, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The layer of a file below packages/core/src: the row with the longest path that fits. */
function findLayer(path: string): { name: string; row: Layer } | undefined {
  const rows = layers.flatMap((row) => row.paths.map((name) => ({ name, row })));
  const [best] = rows.filter(({ name }) => isWithin(path, name)).toSorted((a, b) => b.name.length - a.name.length);
  if (best?.name !== 'schemes') return best;
  return { name: path.split('/').slice(0, -1).slice(0, 2).join('/'), row: best.row };
}

function mayImport(source: { name: string; row: Layer }, target: { name: string; row: Layer }): boolean {
  if (source.name === target.name) return true;
  if (source.row.also?.includes(target.name)) return true;
  return target.row.level < (source.row.below ?? source.row.level);
}

/** `../base/bytes.js` from `http/target-uri.ts` is `base/bytes.ts`. */
function resolveInCore(from: string, specifier: string): string {
  if (specifier === '#crypto') return 'crypto/web.ts';
  if (specifier === '#public-fetch') return 'http/public-fetch.ts';
  return posix.join(posix.dirname(from), specifier).replace(/\.(m?)js$/, '.$1ts');
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function checkCoreImport(from: string, { specifier }: Import): string | undefined {
  if (specifier.startsWith('node:')) {
    return nodeOnly.some((each) => isWithin(from, each))
      ? undefined
      : `Node built-ins belong in ${nodeOnly.join(', ')}`;
  }
  if (!/^[.#]/.test(specifier)) {
    return coreDependencies.has(packageName(specifier)) ? undefined : 'core may not import it';
  }
  const to = resolveInCore(from, specifier);
  if (to.startsWith('..')) return 'core may not import files outside its src';
  const source = findLayer(from);
  const target = findLayer(to);
  if (!source) return `${from} is in no layer of tools/check-layers.ts`;
  if (!target) return `${to} is in no layer of tools/check-layers.ts`;
  return mayImport(source, target) ? undefined : `layer ${source.name} may not import ${target.name}`;
}

function checkPackageImport(name: string, path: string, { specifier }: Import): string | undefined {
  if (specifier.startsWith('.')) {
    const to = posix.join(posix.dirname(path), specifier);
    return isWithin(to, `packages/${name}/src`) ? undefined : `package ${name} may not import files outside its src`;
  }
  if (!specifier.startsWith('@auth/')) return undefined;
  if (packages[name]?.includes(specifier)) return undefined;
  return `package ${name} may not import ${specifier}`;
}

function checkImport(path: string, found: Import): string | undefined {
  const [, name, , ...rest] = path.split('/');
  if (name === undefined) return undefined;
  if (!(name in packages)) return `package ${name} is not in tools/check-layers.ts`;
  return name === 'core' ? checkCoreImport(rest.join('/'), found) : checkPackageImport(name, path, found);
}

function hasCode(file: SourceFile): boolean {
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ESNext,
    verbatimModuleSyntax: true,
    removeComments: true,
  };
  const { outputText } = ts.transpileModule(file.text, { compilerOptions, fileName: file.path });
  return !['', 'export {};'].includes(outputText.trim());
}

/** `file:line imports X: why it may not`, for sources of packages. */
export function checkLayers(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const arrows = findImports(file).flatMap((found) => {
      const reason = checkImport(file.path, found);
      return reason === undefined ? [] : [`${file.path}:${found.line} imports ${found.specifier}: ${reason}`];
    });
    const folder = typesOnly.find((each) => isWithin(file.path, `packages/core/src/${each}`));
    return folder && hasCode(file) ? [...arrows, `${file.path}:1 has code that runs: ${folder} is types only`] : arrows;
  });
}

function readSources(root: string): SourceFile[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'src'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.[cm]?tsx?$/.test(name))
        .map((name) => join(folder, name)),
    )
    .map((path) => ({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
}

if (import.meta.main) {
  const files = readSources(dirname(dirname(fileURLToPath(import.meta.url))));
  const problems = checkLayers(files);
  for (const problem of problems) console.error(problem);
  console.log(`layers: ${files.length} files, ${problems.length} arrows against the layers`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
