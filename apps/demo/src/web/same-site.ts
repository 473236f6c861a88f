import type { IncomingMessage } from 'node:http';

/** An answer without content. */
export interface Turned {
  readonly status: number;
  readonly why: string;
}

/**
 * Turns away what a browser sends for another site: the page shows credentials, and sends requests.
 * Checks: that `Host` is this machine's own name and port (against DNS rebinding); by `Sec-Fetch-Site` (Fetch Metadata) and
 * `Origin` that no other origin asks, except where a person follows a link to the page.
 * Does not check: who asks on this machine.
 */
export function turnAway({ method = '', headers }: IncomingMessage, port: number): Turned | undefined {
  const { host = '', origin } = headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)
    return { status: 421, why: 'This page answers to 127.0.0.1 and localhost alone.' };
  const changes = method !== 'GET';
  if (changes && method !== 'POST') return { status: 405, why: 'GET and POST.' };
  if (origin !== undefined && origin !== `http://${host}`) return foreign;
  if (changes && origin === undefined) return foreign;
  const site = headers['sec-fetch-site'] ?? 'none';
  const followed = !changes && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return site === 'same-origin' || site === 'none' || followed ? undefined : foreign;
}

const foreign: Turned = { status: 403, why: 'Another origin asked.' };
