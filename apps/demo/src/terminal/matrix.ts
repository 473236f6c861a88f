import { isAsExpected, type Cell } from '../board.js';
import type { DemoRequest, RequestGroup } from '../requests/request.js';
import type { Paint } from './paint.js';

const width = 100;
const nameWidth = 41;
const expectedWidth = 26;
const columnWidth = 17;
const statusWidth = 9;

const legend = [
  '✓ status, code and audit reason as expected; 401 with a challenge; one audit event;',
  '  the handler ran where the request was let in, and nowhere else. Times in milliseconds.',
].join('\n');

export interface Matrix {
  readonly groups: readonly RequestGroup[];
  readonly frameworks: readonly string[];
  readonly cells: readonly Cell[];
}

/** The table of all answers: per request what was expected and why, and below it what came back from each framework. */
export function formatMatrix({ groups, frameworks, cells }: Matrix, paint: Paint): string {
  const heading = `  ${'request'.padEnd(nameWidth)}${'expected'.padEnd(expectedWidth)}audit reason`;
  const columns = frameworks.map((name) => `${name.padEnd(statusWidth)}${'ms'.padStart(5)}`);
  const lines = [heading, inColumns(columns), '─'.repeat(width)].map(paint.dim);
  const rows = groups.flatMap(({ title, requests }) => [
    paint.dim(title),
    ...requests.flatMap((request) =>
      formatRow(
        request,
        cells.filter((cell) => cell.request === request.id),
        paint,
      ),
    ),
  ]);
  return [...lines, ...rows, '', paint.dim(legend)].join('\n');
}

/** `54 of 54 cells as expected` */
export function formatSummary(cells: readonly Cell[], paint: Paint): string {
  const good = cells.filter(isAsExpected).length;
  const text = `${good} of ${cells.length} cells as expected`;
  return paint.bold(good === cells.length ? paint.good(text) : paint.bad(text));
}

function formatRow({ name, expected }: DemoRequest, cells: readonly Cell[], paint: Paint): string[] {
  const reasons = [...new Set(cells.map((cell) => cell.reason))].join(' / ');
  return [
    `  ${paint.bold(name.padEnd(nameWidth))}${expected.outcome.padEnd(expectedWidth)}${reasons}`,
    inColumns(cells.map((cell) => formatCell(cell, paint))),
    ...cells
      .filter((cell) => !isAsExpected(cell))
      .map((cell) => paint.bad(`    ${cell.framework}: ${cell.faults.join('; ')}`)),
  ];
}

function formatCell(cell: Cell, paint: Paint): string {
  const status = cell.exchange.statusLine?.split(' ')[1] ?? 'nothing';
  const text = `${isAsExpected(cell) ? '✓' : '✗'} ${status}`.padEnd(statusWidth);
  const time = cell.ms.toFixed(cell.ms < 9.95 ? 1 : 0).padStart(5);
  return (isAsExpected(cell) ? paint.good(text) : paint.bad(text)) + paint.dim(time);
}

const inColumns = (columns: readonly string[]): string =>
  `    ${columns.join(' '.repeat(columnWidth - statusWidth - 5))}`;
