import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { closeInTime, listenAt, urlOf } from '../hosts/host.js';
import type { Control } from './commands.js';

/** The control channel, as it listens. */
export interface ControlListener {
  /** With the path that nobody can guess. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const maxBodyBytes = 65_536;

/** Listens on loopback: one POST does one thing, GET looks. */
export async function listenForCommands(control: Control): Promise<ControlListener> {
  const path = `/${randomBytes(24).toString('base64url')}`;
  const server = createServer((request, response) => {
    answer(request, response, { control, path }).catch((error: Error) => response.destroy(error));
  });
  await listenAt(server, { host: '127.0.0.1', port: 0 });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  return { url: `${urlOf(server)}${path}`, stop: () => closeInTime(server, close) };
}

interface Channel {
  readonly control: Control;
  readonly path: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, { control, path }: Channel): Promise<void> {
  if (request.url !== path) return send(response, 404, { error: 'not found' });
  if (request.method === 'GET') {
    const looked = await control(null);
    return send(response, looked.status, looked.answer);
  }
  if (request.method !== 'POST')
    return send(response.setHeader('allow', 'GET, POST'), 405, { error: 'use GET or POST' });
  const command = await readJson(request);
  if (command === undefined) return send(response, 400, { error: 'must be a JSON object of at most 64 KiB' });
  const done = await control(command);
  send(response, done.status, done.answer);
}

/** @returns undefined for what is too long, or no JSON, or null, which is no command. */
async function readJson(request: IncomingMessage): Promise<object | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
  }
  if (length > maxBodyBytes) return undefined;
  try {
    return (JSON.parse(Buffer.concat(chunks).toString()) as object | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
