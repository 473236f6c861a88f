import type { Board } from '../board.js';
import type { DemoRequest } from '../requests/request.js';
import type { Exchange } from '../send.js';

// What curl writes by itself.
const ownToConnection: ReadonlySet<string> = new Set(['host', 'user-agent', 'content-length', 'connection']);

/** A shell line that sends the same request. */
export function formatCurl(
  url: string,
  {
    requestLine,
    requestHeaders,
    requestBody,
    tls,
  }: Pick<Exchange, 'requestLine' | 'requestHeaders' | 'requestBody' | 'tls'>,
): string {
  const [method = '', path = ''] = requestLine.split(' ');
  const headers = requestHeaders.filter(([name]) => !ownToConnection.has(name.toLowerCase()));
  const { cert, key } = tls?.certificate ?? {};
  const options = [
    ...(tls === undefined ? [] : ['--cacert', quote(tls.ca)]),
    ...(cert === undefined || key === undefined ? [] : ['--cert', quote(cert), '--key', quote(key)]),
    ...(method === 'GET' ? [] : ['-X', method]),
    ...headers.flatMap(([name, value]) => ['-H', quote(`${name}: ${value}`)]),
    ...(requestBody === undefined ? [] : ['--data-binary', quote(requestBody)]),
  ];
  return ['curl', '-i', ...options, quote(url + path)].join(' ');
}

/** Requests to go on with by hand, each below what it came to, and spread over the servers. */
export function formatCurls(
  requests: readonly DemoRequest[],
  { servers, cellOf }: Pick<Board, 'servers' | 'cellOf'>,
): string {
  return requests
    .map(({ id, name }, index) => {
      const { name: framework, url, secureUrl } = servers[index % servers.length]!;
      const { outcome, exchange } = cellOf(id, framework)!;
      return `# ${outcome}: ${name}\n${formatCurl(exchange.tls === undefined ? url : secureUrl, exchange)}`;
    })
    .join('\n');
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
