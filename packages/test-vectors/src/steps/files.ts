import { rmSync } from 'node:fs';

import type { FilesStep } from '../case.js';
import { loadFiles } from '../data.js';
import { replaceFile } from '../files.js';
import { replace } from '../placeholders.js';
import type { CaseContext } from '../run-case.js';

/** Replaces files under the server, or takes them away. @returns what is wrong with the step */
export function replaceFiles({ files }: FilesStep, { texts }: CaseContext): string[] {
  const known = loadFiles();
  for (const [name, by] of Object.entries(files)) {
    const path = replace(`{{file:${name}}}`, texts);
    if (by === null) rmSync(path);
    else if (known[by] === undefined) return [`${by} is no file of the suite`];
    else replaceFile(path, known[by]);
  }
  return [];
}
