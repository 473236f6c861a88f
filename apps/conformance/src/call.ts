import { readFileSync } from 'node:fs';

import { createHelperCaller } from '@auth/core/testing';

import { UsageError } from './configuration.js';

export const callUsage = 'conformance call NAME [--input FILE]';

/**
 * `call`: calls one public helper that is no route, and prints `{"ok":…}` or `{"error":{"code":"…"}}`. An array is one call after
 * another, one line for each.
 * @returns whether every call was ok
 */
export async function callHelper(name: string, file: string | undefined): Promise<boolean> {
  const caller = createHelperCaller();
  if (!caller.names.includes(name)) throw new UsageError(`NAME: must be one of ${caller.names.join(', ')}`);
  let ok = true;
  for (const input of [readInput(file)].flat()) {
    const answer = await caller.call(name, input);
    if ('error' in answer) process.stderr.write(`${answer.message}\n`);
    ok &&= 'ok' in answer;
    process.stdout.write(`${JSON.stringify('ok' in answer ? answer : { error: answer.error })}\n`);
  }
  return ok;
}

function readInput(file: string | undefined): unknown {
  if (file === undefined) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--input: ${error instanceof Error ? error.message : String(error)}`);
  }
}
