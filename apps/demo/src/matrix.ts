import type { Paint } from './paint.js';
import { isAsExpected, type Cell, type Row } from './run.js';

// Two lines a request: three codes of up to 21 characters do not fit into 100 columns beside anything else.
const width = 100;
const nameWidth = 42;
const expectedWidth = 35;
const outcomeWidth = 25;
const timeWidth = 4;

const legend = [
  '✓ status, code and audit reason as expected; 401 with a challenge; one audit event;',
  '  the handler ran where the request was let in, and nowhere else',
].join('\n');

/** The table of all answers: per request what was expected and why, and below it what came back from each framework. */
export function formatMatrix(rows: readonly Row[], frameworks: readonly string[], paint: Paint): string {
  const heading = `${'request'.padEnd(nameWidth)}${'expected'.padEnd(expectedWidth)}audit reason`;
  const columns = frameworks.map((name) => `  ${name.padEnd(outcomeWidth)}${'ms'.padStart(timeWidth)}`);
  const lines = [heading, inColumns(columns), '─'.repeat(width)].map(paint.dim);
  return [...lines, ...rows.flatMap((row) => formatRow(row, paint)), '', paint.dim(legend)].join('\n');
}

/** `54 of 54 cells as expected` */
export function formatSummary(rows: readonly Row[], paint: Paint): string {
  const cells = rows.flatMap((row) => row.cells);
  const good = cells.filter(isAsExpected).length;
  const text = `${good} of ${cells.length} cells as expected`;
  return paint.bold(good === cells.length ? paint.good(text) : paint.bad(text));
}

function formatRow({ request, cells }: Row, paint: Paint): string[] {
  const { name, expected } = request;
  const reasons = [...new Set(cells.map((cell) => cell.reason))].join(' / ');
  return [
    `${paint.bold(name.padEnd(nameWidth))}${expected.outcome.padEnd(expectedWidth)}${reasons}`,
    inColumns(cells.map((cell) => formatCell(cell, paint))),
    ...cells
      .filter((cell) => !isAsExpected(cell))
      .map((cell) => paint.bad(`    ${cell.framework}: ${cell.faults.join('; ')}`)),
  ];
}

function formatCell(cell: Cell, paint: Paint): string {
  const outcome = cell.outcome.slice(0, outcomeWidth).padEnd(outcomeWidth);
  const time = paint.dim(cell.ms.toFixed(cell.ms < 9.95 ? 1 : 0).padStart(timeWidth));
  return (isAsExpected(cell) ? `${paint.good('✓')} ${outcome}` : paint.bad(`✗ ${outcome}`)) + time;
}

const inColumns = (columns: readonly string[]): string => `  ${columns.join('  ')}`;
