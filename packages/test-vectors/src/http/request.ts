import type { CaseRequest } from '../case.js';

/** The bytes of a request whose placeholders are replaced. */
export function toBytes(request: CaseRequest, authority: string): Buffer {
  if (request.raw !== undefined) return Buffer.from(request.raw, 'latin1');
  const headers = request.headers ?? [];
  const body = Buffer.from(request.body ?? '', 'utf8');
  const has = (name: string) => headers.some(([other]) => other.toLowerCase() === name);
  const lines = [
    ...headers,
    ...(has('host') ? [] : [['Host', authority]]),
    ...(has('connection') ? [] : [['Connection', 'close']]),
    ...(request.body === undefined || has('content-length') ? [] : [['Content-Length', String(body.length)]]),
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${request.method} ${request.target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
