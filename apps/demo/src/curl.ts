import type { DemoRequest } from './requests.js';

/** A shell line that sends the same request. */
export function formatCurl(url: string, { method, path, headers }: DemoRequest): string {
  const options = [
    ...(method === 'GET' ? [] : ['-X', method]),
    ...headers.flatMap(([name, value]) => ['-H', quote(`${name}: ${value}`)]),
  ];
  return ['curl', '-i', ...options, quote(url + path)].join(' ');
}

/** Requests to go on with by hand, each below what it comes to, and spread over the servers. */
export function formatCurls(requests: readonly DemoRequest[], urls: readonly string[]): string {
  return requests
    .map((request, index) => {
      const { name, expected } = request;
      return `# ${expected.outcome}: ${name}\n${formatCurl(urls[index % urls.length]!, request)}`;
    })
    .join('\n');
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
