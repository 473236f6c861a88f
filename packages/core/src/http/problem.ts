import { toUtf8 } from '../base/bytes.js';
import type { Code } from '../contracts/failure.js';
import { failureRows } from '../errors/failures.js';

/** How problem bodies (RFC 9457) are written. */
export interface ProblemOptions {
  /** `type` is this followed by the code. Default `urn:auth:problem:`. */
  readonly typeBase?: string;
  /** Titles in another language, by code. */
  readonly titles?: Partial<Readonly<Record<Code, string>>>;
  /** Further members of every body; ours cannot be replaced. */
  readonly members?: Readonly<Record<string, string | number | boolean | null>>;
}

export const problemMembers: readonly string[] = ['type', 'title', 'status', 'code', 'instance'];

/** Writes the body of a refusal. `instance` names this refusal (RFC 9562 URN), and stands in the audit event too. */
export type ProblemWriter = (code: Code, status: number, instance: string) => Uint8Array;

/** Answers a writer that does all that is the same for each code only once. */
export function createProblemWriter(options: ProblemOptions = {}): ProblemWriter {
  const heads = new Map<string, string>();
  const tail = Object.entries(options.members ?? {})
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join('');
  const headOf = (code: Code, status: number): string => {
    const type = (options.typeBase ?? 'urn:auth:problem:') + code;
    const title = options.titles?.[code] ?? failureRows[code].title;
    return `${JSON.stringify({ type, title, status, code }).slice(0, -1)},"instance":"`;
  };
  return (code, status, instance) => {
    const key = `${code} ${status}`;
    let head = heads.get(key);
    if (head === undefined) heads.set(key, (head = headOf(code, status)));
    return toUtf8(`${head}${instance}"${tail}}`);
  };
}
