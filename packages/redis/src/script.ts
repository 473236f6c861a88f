import { createHash } from 'node:crypto';

/** A Lua script: one step, whoever else asks at the same time. */
export interface Script {
  readonly text: string;
  /** SHA-1 of the text, by which Redis knows it. */
  readonly sha: string;
}

/** Makes a script of its text. */
export function script(text: string): Script {
  const trimmed = text.trim();
  return Object.freeze({ text: trimmed, sha: createHash('sha1').update(trimmed).digest('hex') });
}
