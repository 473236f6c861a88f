import { createHash } from 'node:crypto';

import type { CodeRow, Expectation } from '../case.js';

/** What was sent, as far as the answer and the event depend on it. */
export interface Sent {
  readonly method: string;
  readonly target: string;
  readonly body: Buffer;
  /**
   * Whether the server is a handler for `Request` and `Response`. These have no dot segments in a path, and give several
   * field lines of one name joined.
   */
  readonly byFetch: boolean;
  /** Tokens and keys that stood in it. */
  readonly credentials: readonly string[];
  /** What was answered before, and stood in it. */
  readonly secrets: readonly string[];
}

/** The path of the target, in each form in which it may be told; empty where it is told in no known form. */
export function pathsOf({ target, byFetch }: Pick<Sent, 'target' | 'byFetch'>): readonly string[] {
  if (!target.startsWith('/')) return [];
  const path = target.replace(/[?#].*$/s, '');
  return byFetch ? [path, new URL(`http://host${path}`).pathname] : [path];
}

/** The body of a route that lets through, for each form of the path, and of the body where a parser may have read it. */
export function allowBodies(expected: Expectation, sent: Sent): readonly string[] {
  const principal = expected.principal ?? null;
  const principals = expected.principals ?? (principal === null ? [] : [principal]);
  const { method, body } = sent;
  const { parsedBody } = expected;
  const bodies = parsedBody === undefined ? [body] : [body, Buffer.from(parsedBody)];
  return pathsOf(sent).flatMap((path) =>
    bodies.map((bytes) => {
      const bodySha256 = createHash('sha256').update(bytes).digest('hex');
      return JSON.stringify({ principal, principals, method, path, bodyLength: bytes.length, bodySha256 });
    }),
  );
}

/** The body of a refusal, up to the UUID of its instance, and after it. */
export function problemBody(code: string, { status, title }: CodeRow): readonly [before: string, after: string] {
  const members = { type: `urn:auth:problem:${code}`, title, status, code, instance: 'urn:uuid:' };
  return [JSON.stringify(members).slice(0, -2), '"}'];
}
