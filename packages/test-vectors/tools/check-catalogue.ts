// Checks that every row of catalogue.json has a case or waits by name, and that no case or waiting entry names another row.
//
//   node packages/test-vectors/tools/check-catalogue.ts    prints counts a table; exit 1 on a fault

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { caseFolders } from '../src/case-folders.ts';

export interface Row {
  readonly id: string;
  readonly table: number;
  readonly part: string;
}

/** vectors/waiting.json */
export interface Waiting {
  /** What a row can wait for, beside the parts of the catalogue, and what that means. */
  readonly words: Readonly<Record<string, string>>;
  /** Tables that are not begun: their rows wait for their part. */
  readonly tables: readonly number[];
  /** Rows of the other tables without a case: what each waits for. */
  readonly rows: Readonly<Record<string, string>>;
  /** Rows that have cases and lack some. */
  readonly partly: Readonly<Record<string, { readonly waitsFor: string; readonly missing: string }>>;
}

export interface TableCount {
  readonly table: number;
  readonly rows: number;
  readonly withCases: number;
  readonly cases: number;
  readonly waiting: number;
}

export interface Coverage {
  readonly faults: readonly string[];
  readonly tables: readonly TableCount[];
}

const home = new URL('../', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, home), 'utf8'));

/** Ids of all cases of the suite. */
export function readCaseIds(): readonly string[] {
  return Object.values(caseFolders)
    .flat()
    .flatMap((folder) =>
      readdirSync(new URL(`vectors/${folder}/`, home)).flatMap((file) =>
        (read(`vectors/${folder}/${file}`) as { readonly cases: readonly { readonly id: string }[] }).cases.map(
          ({ id }) => id,
        ),
      ),
    );
}

export const readRows = (): readonly Row[] => read('catalogue.json') as readonly Row[];
export const readWaiting = (): Waiting => read('vectors/waiting.json') as Waiting;

/** Compares rows with cases. */
export function checkCatalogue(rows: readonly Row[], caseIds: readonly string[], waiting: Waiting): Coverage {
  const numbers = numbersByRow(caseIds);
  const known = new Set(rows.map(({ id }) => id));
  const words = new Set([...rows.map(({ part }) => part), ...Object.keys(waiting.words)]);
  const waitsFor = (row: Row): string | undefined =>
    waiting.rows[row.id] ?? (waiting.tables.includes(row.table) ? row.part : undefined);
  const faults = [
    ...rows.flatMap((row) => rowFaults(row, numbers.get(row.id) ?? [], waiting)),
    ...[...numbers.keys()].filter((id) => !known.has(id)).map((id) => `${id}: has cases and is no row`),
    ...Object.keys(waiting.rows).filter((id) => !known.has(id)).map((id) => `${id}: waits and is no row`),
    ...Object.entries(waiting.rows).filter(([, word]) => !words.has(word)).map(([id, word]) => `${id}: waits for ${word}, which is explained nowhere`),
    ...Object.entries(waiting.partly).filter(([id]) => !numbers.has(id)).map(([id]) => `${id}: lacks some cases and has none`),
    ...Object.entries(waiting.partly).filter(([, { waitsFor: word }]) => !words.has(word)).map(([id, { waitsFor: word }]) => `${id}: waits for ${word}, which is explained nowhere`),
  ]; // prettier-ignore
  const tables = [...new Set(rows.map(({ table }) => table))].map((table) => {
    const own = rows.filter((row) => row.table === table);
    return {
      table,
      rows: own.length,
      withCases: own.filter(({ id }) => numbers.has(id)).length,
      cases: own.reduce((sum, { id }) => sum + (numbers.get(id)?.length ?? 0), 0),
      waiting: own.filter((row) => !numbers.has(row.id) && waitsFor(row) !== undefined).length,
    };
  });
  return { faults, tables };
}

function numbersByRow(caseIds: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  for (const id of caseIds) {
    const dot = id.lastIndexOf('.');
    const row = id.slice(0, dot);
    numbers.set(row, [...(numbers.get(row) ?? []), Number(id.slice(dot + 1))]);
  }
  return numbers;
}

function rowFaults({ id, table }: Row, numbers: readonly number[], waiting: Waiting): string[] {
  const waits = waiting.rows[id] !== undefined;
  if (numbers.length === 0)
    return waits || waiting.tables.includes(table) ? [] : [`${id}: has no case and waits for nothing`];
  const faults = waits ? [`${id}: has cases and waits`] : [];
  if (waiting.tables.includes(table)) faults.push(`${id}: has cases, and its table is said not to be begun`);
  const sorted = [...numbers].sort((a, b) => a - b);
  if (sorted.some((number, index) => number !== index + 1)) faults.push(`${id}: its cases are not numbered 1, 2, 3 …`);
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { faults, tables } = checkCatalogue(readRows(), readCaseIds(), readWaiting());
  const print = (line: string) => process.stdout.write(`${line}\n`);
  for (const { table, rows, withCases, cases, waiting } of tables) {
    print(
      `table ${String(table).padStart(2)}: ${rows} rows, ${withCases} with cases (${cases} cases), ${waiting} waiting`,
    );
  }
  const sum = (count: (table: TableCount) => number) => tables.reduce((total, table) => total + count(table), 0);
  print(
    `in all:   ${sum((t) => t.rows)} rows, ${sum((t) => t.withCases)} with cases (${sum((t) => t.cases)} cases), ${sum((t) => t.waiting)} waiting`,
  );
  for (const fault of faults) print(`fault: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
