import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { text } from 'node:stream/consumers';

import type { HeaderList } from '@auth/core';

import type { CertificateFiles } from './credentials/certificates.js';
import type { DemoRequest } from './requests/request.js';

/** A request and its answer, as they went over the wire. */
export interface Exchange {
  /** `GET /orders HTTP/1.1` */
  readonly requestLine: string;
  readonly requestHeaders: HeaderList;
  /** Unset where there is none. */
  readonly requestBody?: string;
  /** Unset over plain HTTP. */
  readonly tls?: { readonly ca: string; readonly certificate: CertificateFiles | null };
  /** `HTTP/1.1 401 Unauthorized`; null where nothing came. */
  readonly statusLine: string | null;
  readonly answerHeaders: HeaderList;
  readonly body: string;
}

export interface Received extends Exchange {
  /** As in `DemoRequest`; the error's text where nothing came. */
  readonly outcome: string;
  readonly challenged: boolean;
  readonly ms: number;
}

const patienceMs = 5000;

/** What is put on the wire, but for the lines that every request has. */
export interface Sent extends Pick<DemoRequest, 'method' | 'path' | 'headers' | 'certificate'> {
  /** The authority of the server, where the URL is https. */
  readonly ca?: string;
  readonly body?: string;
}

/** Sends over a connection of its own, line for line: `fetch` would join field lines of one name, and sort them. */
export async function send(
  url: string,
  { method, path, headers, body: content, ...tls }: Sent,
  signal?: AbortSignal,
): Promise<Received> {
  const requestHeaders: HeaderList = [
    ['Host', new URL(url).host],
    ['User-Agent', 'auth-demo'],
    ...headers,
    ...(method === 'GET' ? [] : [['Content-Length', String(Buffer.byteLength(content ?? ''))] as const]),
    ['Connection', 'close'],
  ];
  const sent = {
    requestLine: `${method} ${path} HTTP/1.1`,
    requestHeaders,
    ...(content !== undefined && { requestBody: content }),
    ...(tls.ca !== undefined && { tls: { ca: tls.ca, certificate: tls.certificate ?? null } }),
  };
  const startedMs = performance.now();
  try {
    const patience = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(signal ? [signal] : [])]);
    const { message, body } = await exchange(
      url + path,
      { method, headers: requestHeaders, content, ...tls },
      patience,
    );
    const status = message.statusCode ?? 0;
    return {
      ...sent,
      statusLine: `HTTP/${message.httpVersion} ${status} ${message.statusMessage}`,
      answerHeaders: pairsOf(message.rawHeaders),
      body,
      outcome: [status, codeOf(body)].filter((part) => part !== undefined).join(' '),
      challenged: message.headers['www-authenticate'] !== undefined,
      ms: performance.now() - startedMs,
    };
  } catch (error) {
    const nothing = { statusLine: null, answerHeaders: [], body: '', challenged: false };
    return { ...sent, ...nothing, outcome: `no answer: ${String(error)}`, ms: performance.now() - startedMs };
  }
}

function exchange(
  url: string,
  { method, headers, content, ca, certificate }: Omit<Sent, 'path' | 'body'> & { readonly content: string | undefined },
  signal: AbortSignal,
): Promise<{ readonly message: IncomingMessage; readonly body: string }> {
  return new Promise((resolve, reject) => {
    // As a flat list, Node sends the lines as they stand.
    const options = { method, headers: headers.flat(), agent: false, signal } as const;
    const onAnswer = (message: IncomingMessage): void => {
      text(message).then((body) => resolve({ message, body }), reject);
    };
    const shown = certificate && { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
    const outgoing =
      ca === undefined
        ? request(url, options, onAnswer)
        : requestOverTls(url, { ...options, ca: readFileSync(ca), ...shown }, onAnswer);
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

const pairsOf = (raw: readonly string[]): HeaderList =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []));

/** `code` of a problem body (RFC 9457). */
function codeOf(body: string): string | undefined {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
