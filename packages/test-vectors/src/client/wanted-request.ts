import type { WantedRequest } from './client-case.js';
import type { Received } from './scripted-server.js';

/** Whether a request is as a case wants it. */
export function fits(request: Received, wanted: WantedRequest): boolean {
  return findOdds(request, wanted).length === 0;
}

/** What of a request is not as a case wants it. Shows no value: credentials are among them. */
export function findOdds(request: Received, { method, path, headers = {}, body, form }: WantedRequest): string[] {
  const odds: string[] = [];
  if (method !== undefined && method !== request.method) odds.push(`method ${request.method}`);
  if (path !== undefined && path !== request.path) odds.push(`path ${request.path}`);
  for (const [name, value] of Object.entries(headers))
    if (!isText(request.headers[name.toLowerCase()], value)) odds.push(`field ${name}`);
  if (body !== undefined && body !== request.body) odds.push('body');
  if (form !== undefined) {
    const sent = new URLSearchParams(request.body);
    for (const [name, value] of Object.entries(form))
      if (!isText(sent.get(name) ?? undefined, value)) odds.push(`form ${name}`);
  }
  return odds;
}

/** `PREFIX*` stands for every text that begins so. */
function isText(text: string | string[] | undefined, wanted: string | null): boolean {
  if (wanted === null) return text === undefined;
  if (typeof text !== 'string') return false;
  return wanted.endsWith('*') ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
}
