import { readFileSync } from 'node:fs';

/** Reads one file of this folder; what it looks like, the caller says. */
export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

/**
 * Throws for a member that the runner does not know, since what it says would go unheard, and where there is nothing at all: a
 * test over no cases passes.
 */
export function checkMembers(what: string, objects: readonly object[], known: readonly string[]): void {
  if (objects.length === 0) throw new Error(`${what}: there are none`);
  const unknown = new Set(objects.flatMap((each) => Object.keys(each)).filter((name) => !known.includes(name)));
  if (unknown.size > 0) throw new Error(`${what}: unknown members ${[...unknown].join(', ')}`);
}

const lines: string[] = [];

/** Notes how many cases of a file were run. */
export function count(file: string, cases: number, how = '2 back ends'): void {
  lines.push(`${file}: ${cases} cases, ${how}`);
}

/** Prints a line a file. */
export function printCounts(): void {
  console.log(lines.join('\n'));
}
