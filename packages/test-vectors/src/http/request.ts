import type { CaseRequest } from '../case.js';

/** What goes out: at once, and after 100 Continue. */
export interface RequestBytes {
  readonly first: Buffer;
  /** Empty where nothing waits. */
  readonly afterContinue: Buffer;
}

const nothing = Buffer.alloc(0);

/** The bytes of a request whose placeholders are replaced. @param persistence of the connection, where the request does not say it */
export function toBytes(
  request: CaseRequest,
  authority: string,
  persistence: 'close' | 'keep-alive' = 'close',
): RequestBytes {
  if (request.raw !== undefined) return { first: Buffer.from(request.raw, 'latin1'), afterContinue: nothing };
  const headers = request.headers ?? [];
  const body = Buffer.from(request.body ?? '', 'utf8');
  const has = (name: string) => headers.some(([other]) => other.toLowerCase() === name);
  const lines = [
    ...headers,
    ...(has('host') ? [] : [['Host', authority]]),
    ...(has('connection') ? [] : [['Connection', persistence]]),
    ...(request.body === undefined || has('content-length') ? [] : [['Content-Length', String(body.length)]]),
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${request.method} ${request.target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  // RFC 9110 §10.1.1
  const waits = headers.some(([name, value]) => name.toLowerCase() === 'expect' && value === '100-continue');
  return waits ? { first: head, afterContinue: body } : { first: Buffer.concat([head, body]), afterContinue: nothing };
}
