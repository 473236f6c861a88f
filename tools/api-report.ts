/**
 * Writes what each entry of each package exports into `packages/<package>/etc/<entry>.api.md`, so that a change of the public API
 * shows in the diff of a review; `--check` only compares. Reads the built declarations.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import ts from 'typescript';

import { publicPackages, type PublicPackage } from './packages.ts';

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: true,
  types: ['node'],
};
const printer = ts.createPrinter({ removeComments: true });

/** The declarations of one entry, by name, without comments; then what they name and nobody can import. */
function reportOf({ name, folder, entries }: PublicPackage, entry: string, program: ts.Program): string {
  const checker = program.getTypeChecker();
  const exported = new Set(
    entries.flatMap(({ types }) => exportsOf(program, types).map((each) => resolve(each, checker))),
  );
  const forgotten = new Set<string>();
  const isForgotten = (symbol: ts.Symbol, declaration: ts.Declaration): boolean =>
    declaration.getSourceFile().fileName.startsWith(`${folder}/`) &&
    !ts.isTypeParameterDeclaration(declaration) &&
    !exported.has(symbol);
  const blocks = exportsOf(program, entry).map((symbol) => {
    const { declarations = [] } = resolve(symbol, checker);
    for (const declaration of declarations) collectNames(declaration, checker, isForgotten, forgotten);
    return declarations.map((each) => print(each)).join('\n');
  });
  const specifier = entryName(name, entries, entry);
  const hidden =
    forgotten.size === 0 ? [] : [`// Named above, exported by no entry: ${[...forgotten].toSorted().join(', ')}`];
  return `# ${specifier}\n\n\`\`\`ts\n${[...blocks.toSorted(), ...hidden].join('\n\n')}\n\`\`\`\n`;
}

function exportsOf(program: ts.Program, file: string): ts.Symbol[] {
  const source = program.getSourceFile(file);
  const module = source && program.getTypeChecker().getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} exports nothing`);
  return program.getTypeChecker().getExportsOfModule(module);
}

const resolve = (symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

function print(declaration: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return printer.printNode(ts.EmitHint.Unspecified, statement, declaration.getSourceFile());
}

/** Names of types below a node that a test picks. */
function collectNames(
  node: ts.Node,
  checker: ts.TypeChecker,
  picks: (symbol: ts.Symbol, declaration: ts.Declaration) => boolean,
  names: Set<string>,
): void {
  const named = ts.isTypeReferenceNode(node)
    ? node.typeName
    : ts.isExpressionWithTypeArguments(node)
      ? node.expression
      : undefined;
  const found = named && checker.getSymbolAtLocation(named);
  const symbol = found && resolve(found, checker);
  const declaration = symbol?.declarations?.[0];
  if (symbol && declaration && picks(symbol, declaration)) names.add(symbol.name);
  ts.forEachChild(node, (child) => collectNames(child, checker, picks, names));
}

const entryName = (name: string, entries: PublicPackage['entries'], types: string): string =>
  name + (entries.find((each) => each.types === types)?.key.slice(1) ?? '');

const check = process.argv.includes('--check');
let stale = 0;
let written = 0;
for (const each of publicPackages()) {
  const program = ts.createProgram(
    each.entries.map(({ types }) => types),
    options,
  );
  for (const { types } of each.entries) {
    const folder = join(each.folder, 'etc');
    const file = join(folder, `${basename(types, '.d.ts')}.api.md`);
    const report = reportOf(each, types, program);
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    written += 1;
    if (before === report) continue;
    stale += 1;
    if (check) {
      console.error(
        `${file.split(sep).slice(-4).join('/')} is not what the package exports: run npm run api and look at the diff`,
      );
    } else {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, report);
    }
  }
}
console.log(`api: ${written} entries, ${stale} ${check ? 'out of date' : 'written'}`);
process.exitCode = check && stale > 0 ? 1 : 0;
