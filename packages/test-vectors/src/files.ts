import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files in a folder of their own. */
export interface WrittenFiles {
  /** By name. */
  readonly paths: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

/** @param files texts by name */
export function writeFiles(files: Readonly<Record<string, string>>): WrittenFiles {
  const folder = mkdtempSync(join(tmpdir(), 'auth-vectors-'));
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]));
  for (const [name, text] of Object.entries(files)) writeFileSync(paths[name]!, text, { mode: 0o600 });
  return { paths, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Puts a text in the place of a file at once, as a careful operator does. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
