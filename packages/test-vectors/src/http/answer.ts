/** An answer as it came, nothing joined and nothing decoded but the transfer coding. */
export interface Answer {
  readonly status: number;
  /** Whether 100 Continue came before it. */
  readonly continued: boolean;
  /** Field lines in order, outer white space removed. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Bytes after the end of the answer: there must be none. */
  readonly rest: Buffer;
}

/** The answer is not HTTP/1.1, or could be read in two ways. */
class MalformedAnswer extends Error {}

const lineEnd = '\r\n';
const headEnd = '\r\n\r\n';

/** The values of all field lines of a name (lower case), in order. */
export function valuesOf({ headers }: Pick<Answer, 'headers'>, name: string): readonly string[] {
  return headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/**
 * Reads one final answer (RFC 9112 §6.3); interim ones are passed over, 100 Continue is told.
 * @param closed whether the peer has sent all that it will
 * @returns undefined while more is to come
 * @throws MalformedAnswer
 */
export function readAnswer(bytes: Buffer, method: string, closed: boolean): Answer | undefined {
  return readAfterInterim(bytes, { method, closed, continued: false });
}

/** Whether what came so far begins with 100 Continue (RFC 9110 §15.2.1). */
export function isContinued(bytes: Buffer): boolean {
  return /^HTTP\/1\.1 100[^\r]*\r\n\r\n/.test(bytes.toString('latin1', 0, 64));
}

interface Reading {
  readonly method: string;
  readonly closed: boolean;
  readonly continued: boolean;
}

function readAfterInterim(bytes: Buffer, reading: Reading): Answer | undefined {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split(lineEnd);
  const match = /^HTTP\/1\.[01] ([1-5][0-9]{2})(?: .*)?$/.exec(statusLine);
  if (match === null) throw new MalformedAnswer('the status line is malformed');
  const status = Number(match[1]);
  const after = bytes.subarray(end + headEnd.length);
  if (status < 200 && status !== 101)
    return readAfterInterim(after, { ...reading, continued: reading.continued || status === 100 });
  const { method, closed, continued } = reading;
  const headers = lines.map(readLine);
  const body = readBody({ status, headers }, after, method, closed);
  return body === undefined ? undefined : { status, headers, continued, ...body };
}

function readLine(line: string): readonly [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(line);
  if (match === null) throw new MalformedAnswer('a field line is malformed');
  return [match[1]!, match[2]!];
}

type Body = Pick<Answer, 'body' | 'rest'>;

function readBody(
  head: Pick<Answer, 'status' | 'headers'>,
  bytes: Buffer,
  method: string,
  closed: boolean,
): Body | undefined {
  const none: Body = { body: Buffer.alloc(0), rest: bytes };
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return none;
  const coding = valuesOf(head, 'transfer-encoding');
  const lengths = valuesOf(head, 'content-length');
  if (coding.length > 0) {
    if (lengths.length > 0) throw new MalformedAnswer('Content-Length stands beside Transfer-Encoding');
    if (coding.length > 1 || coding[0]!.toLowerCase() !== 'chunked')
      throw new MalformedAnswer('the transfer coding is unknown');
    return readChunks(bytes);
  }
  if (lengths.length === 0) return closed ? { body: bytes, rest: Buffer.alloc(0) } : undefined;
  if (lengths.length > 1 || !/^[0-9]{1,9}$/.test(lengths[0]!)) throw new MalformedAnswer('Content-Length is malformed');
  const length = Number(lengths[0]);
  return bytes.length < length ? undefined : { body: bytes.subarray(0, length), rest: bytes.subarray(length) };
}

/** RFC 9112 §7.1. Trailer fields are passed over. */
function readChunks(bytes: Buffer): Body | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf(lineEnd, at);
    if (end === -1) return undefined;
    const match = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;.*)?$/.exec(bytes.toString('latin1', at, end));
    if (match === null) throw new MalformedAnswer('a chunk is malformed');
    const size = Number.parseInt(match[1]!, 16);
    const start = end + lineEnd.length;
    if (size === 0) return readTrailers(bytes, end, Buffer.concat(chunks));
    if (bytes.length < start + size + lineEnd.length) return undefined;
    if (bytes.toString('latin1', start + size, start + size + 2) !== lineEnd)
      throw new MalformedAnswer('a chunk is malformed');
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + lineEnd.length;
  }
}

/** @param at where the line of the last chunk ends: with the next line end it closes a section without trailers */
function readTrailers(bytes: Buffer, at: number, body: Buffer): Body | undefined {
  const end = bytes.indexOf(headEnd, at);
  return end === -1 ? undefined : { body, rest: bytes.subarray(end + headEnd.length) };
}
