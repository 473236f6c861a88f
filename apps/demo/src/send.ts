import { request } from 'node:http';
import { text } from 'node:stream/consumers';

import type { HeaderList } from '@auth/core';

import type { DemoRequest } from './requests.js';

/** What came back, as far as it is looked at. */
export interface Received {
  /** As in `DemoRequest`; the error's text where nothing came. */
  readonly outcome: string;
  readonly challenged: boolean;
  readonly ms: number;
}

const patienceMs = 5000;

/** Sends with fetch, and over `node:http` what fetch would not send as it stands: field lines of one name. */
export async function send(url: string, sent: DemoRequest): Promise<Received> {
  const startedMs = performance.now();
  const exchange = hasRepeatedLine(sent.headers) ? sendOverHttp : sendWithFetch;
  try {
    const { status, challenge, body } = await exchange(url + sent.path, sent);
    return {
      outcome: [status, codeOf(body)].filter((part) => part !== undefined).join(' '),
      challenged: challenge !== null,
      ms: performance.now() - startedMs,
    };
  } catch (error) {
    return { outcome: `no answer: ${String(error)}`, challenged: false, ms: performance.now() - startedMs };
  }
}

interface Exchanged {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: string;
}

async function sendWithFetch(url: string, { method, headers }: DemoRequest): Promise<Exchanged> {
  const lines = headers.map(([name, value]): [string, string] => [name, value]);
  const response = await fetch(url, { method, headers: lines, signal: AbortSignal.timeout(patienceMs) });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    body: await response.text(),
  };
}

function sendOverHttp(url: string, { method, headers }: DemoRequest): Promise<Exchanged> {
  const lines = Object.fromEntries(headers.map(([name]) => [name, valuesOf(headers, name)]));
  return new Promise((resolve, reject) => {
    const options = { method, headers: lines, agent: false, signal: AbortSignal.timeout(patienceMs) } as const;
    const outgoing = request(url, options, (res) => {
      text(res).then(
        (body) => resolve({ status: res.statusCode ?? 0, challenge: res.headers['www-authenticate'] ?? null, body }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const valuesOf = (headers: HeaderList, wanted: string): string[] =>
  headers.filter(([name]) => name === wanted).map(([, value]) => value);

const hasRepeatedLine = (headers: HeaderList): boolean =>
  new Set(headers.map(([name]) => name.toLowerCase())).size < headers.length;

/** `code` of a problem body (RFC 9457). */
function codeOf(body: string): string | undefined {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
