import { encodePathAgain, encodePathOnce, encodeQueryPart, normalizePath } from './uri-encoding.js';

/** `normalized`: without dot segments and empty ones, encoded twice. `as-sent`: encoded once (S3). */
export type PathStyle = 'normalized' | 'as-sent';

/** What a canonical request is made of. */
export interface Message {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** Each field line of a name in lower case. */
  readonly linesOf: (name: string) => readonly string[];
}

/** What of a message is signed, and how. */
export interface Coverage {
  /** In lower case and in order. */
  readonly signedHeaders: readonly string[];
  /** Hex of the SHA-256 of the body, or what stands for it: `UNSIGNED-PAYLOAD`. */
  readonly payload: string;
  readonly pathStyle: PathStyle;
}

/** The parameter that holds the signature of a presigned URL, and cannot sign itself. */
export const signatureParameter = 'X-Amz-Signature';

/** The text of which a hash is signed (SigV4, "Create a canonical request"). */
export function canonicalRequest(message: Message, { signedHeaders, payload, pathStyle }: Coverage): string {
  const { path, query } = splitTarget(message.target);
  return [
    message.method,
    pathStyle === 'normalized' ? encodePathAgain(normalizePath(path)) : encodePathOnce(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${message.linesOf(name).map(collapseSpaces).join(',')}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

/** Path and query of a request target; a whole URL (RFC 9112 §3.2.2) has its path after the authority. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const relative = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const mark = relative.indexOf('?');
  return mark === -1
    ? { path: relative, query: '' }
    : { path: relative.slice(0, mark), query: relative.slice(mark + 1) };
}

/** Each parameter of a query: name and value as they stand there. */
export function splitQuery(query: string): readonly (readonly [name: string, value: string])[] {
  return query
    .split('&')
    .filter((parameter) => parameter !== '')
    .map((parameter) => {
      const mark = parameter.indexOf('=');
      return mark === -1 ? [parameter, ''] : [parameter.slice(0, mark), parameter.slice(mark + 1)];
    });
}

function canonicalQuery(query: string): string {
  return splitQuery(query)
    .map(([name, value]) => [encodeQueryPart(name), encodeQueryPart(value)] as const)
    .filter(([name]) => name !== signatureParameter)
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** By hand where a pattern with an end would try every run of spaces again. */
const collapseSpaces = (value: string): string =>
  value
    .split(/[ \t\r\n]+/)
    .filter(Boolean)
    .join(' ');
