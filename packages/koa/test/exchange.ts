import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type Koa from 'koa';
import { onTestFinished } from 'vitest';

/** What came back, field lines as on the wire. */
export interface Exchanged {
  readonly status: number;
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The value of each line of this name. */
  readonly all: (name: string) => readonly string[];
  readonly bytes: Buffer;
  readonly text: string;
  readonly code: unknown;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** Listens on a free port until the test ends. */
export async function listen(app: Koa): Promise<{ readonly port: number; readonly server: Server }> {
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { port: (server.address() as AddressInfo).port, server };
}

/** Sends one request on a connection of its own. */
export function exchange(port: number, method: string, path: string, sent: Sent = {}): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const headers = sent.headers as Record<string, string | string[]> | undefined;
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, agent: false, ...(headers && { headers }) },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => resolve(toExchanged(res.statusCode ?? 0, res.rawHeaders, Buffer.concat(chunks))));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(sent.body);
  });
}

function toExchanged(status: number, raw: readonly string[], bytes: Buffer): Exchanged {
  const lines = raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : [],
  );
  const text = bytes.toString();
  return {
    status,
    lines,
    all: (name) => lines.filter(([candidate]) => candidate === name).map(([, value]) => value),
    bytes,
    text,
    code: codeOf(text),
  };
}

function codeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { code?: unknown }).code;
  } catch {
    return undefined;
  }
}
