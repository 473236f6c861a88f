/** What is printed of one comparison. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** First column to the left, the others to the right. */
export function formatTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, place) =>
    Math.max(column.length, ...rows.map((row) => (row[place] ?? '').length)),
  );
  const lines = [columns, ...rows].map((row) =>
    row
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[place]!)))
      .join('  ')
      .trimEnd(),
  );
  return [title, '', ...lines, '']
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n')
    .replace(/^ {2}/, '');
}
