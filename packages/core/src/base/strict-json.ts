import { fromUtf8 } from './bytes.js';

/** A JSON object on no prototype: `__proto__` and `constructor` are members like any other. */
export type JsonObject = Readonly<Record<string, unknown>>;

const maxDepth = 32;

/**
 * Parses UTF-8 bytes as one JSON object (RFC 8259), more strictly than `JSON.parse`: ill-formed UTF-8, a byte order mark,
 * lone surrogates, a member that stands twice (RFC 7515 §4, RFC 7519 §4) and nesting deeper than 32 are refused.
 * @returns undefined for anything that is not such an object. Linear in time and memory.
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  const written = countMembers(text);
  if (written === undefined) return undefined;
  const names: string[] | undefined = text.includes('\\') ? [] : undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (names !== undefined) value = JSON.parse(numberNames(text, names));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // JSON.parse keeps the last of two members of one name, so that fewer come out than were written.
  const kept: Kept = { members: 0, wellFormed: true, names };
  if (names !== undefined) value = withoutPrototype(value, kept);
  else takePrototypes(value, kept);
  return kept.members === written && kept.wellFormed ? (value as JsonObject) : undefined;
}

/** Counts colons outside of strings (one a member); undefined where the nesting is too deep. */
function countMembers(text: string): number | undefined {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
    } else if (code === 0x3a) {
      members++;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return undefined;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return members;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/**
 * Writes a number for each name, and collects the names. V8 may take an escaped name for one that it read before
 * (nodejs/node#63785), so that a member could hide, or stand twice: read by itself, a name is what it says.
 * @param text is known to be JSON
 */
function numberNames(text: string, names: string[]): string {
  let numbered = '';
  let from = 0;
  let [start, end] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      [start, end] = [i, endOfString(text, i)];
      i = end;
    } else if (code === 0x3a) {
      numbered += `${text.slice(from, start)}"${names.length}"`;
      names.push(JSON.parse(text.slice(start, end + 1)) as string);
      from = end + 1;
    }
  }
  return numbered + text.slice(from);
}

interface Kept {
  members: number;
  wellFormed: boolean;
  /** By their numbers, where these stand for them. */
  readonly names: readonly string[] | undefined;
}

/** For a text without escapes, in place: every string in it is well formed, and every name is what it says. */
function takePrototypes(value: unknown, kept: Kept): void {
  if (typeof value !== 'object' || value === null) return;
  const members: readonly unknown[] = Object.values(value);
  for (const member of members) takePrototypes(member, kept);
  if (Array.isArray(value)) return;
  kept.members += members.length;
  Object.setPrototypeOf(value, null);
}

function withoutPrototype(value: unknown, kept: Kept): unknown {
  if (typeof value === 'string') {
    // A lone surrogate can only come from an escape: the decoder refuses it in UTF-8.
    if (kept.names !== undefined && !value.isWellFormed()) kept.wellFormed = false;
    return value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutPrototype(item, kept));
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) {
    const name = kept.names === undefined ? key : kept.names[Number(key)]!;
    kept.members++;
    if (kept.names !== undefined && (name in object || !name.isWellFormed())) kept.wellFormed = false;
    object[name] = withoutPrototype(member, kept);
  }
  return object;
}

/** Freezes a value of JSON whole, for what is kept and handed to many. */
export function freezeJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freezeJson(member);
  return Object.freeze(value);
}
