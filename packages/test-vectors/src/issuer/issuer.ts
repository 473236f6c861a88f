import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { IssuerScript, JsonObject } from '../case.js';
import { sendAnswer } from './answer.js';

/** An issuer on loopback that answers what a case says, good or hostile. */
export interface Issuer {
  /** `url`, its origin: `http://127.0.0.1:41234`; `port`: `41234`. */
  readonly texts: { readonly url: string; readonly port: string };
  /** Answers otherwise from here on, for the paths that are named. */
  change(script: IssuerScript): void;
  /** How often a path was asked for since the start. */
  requests(path: string): number;
  /** The latest request for a path. */
  received(path: string): ReceivedRequest | undefined;
  /** Ends it, and cuts off whatever it kept waiting. */
  stop(): Promise<void>;
}

/** What the issuer was sent. */
export interface ReceivedRequest {
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/**
 * Starts an issuer that has nothing to serve yet. It speaks plain HTTP.
 * @param publicKeys by the names that scripts give them
 */
export async function startIssuer(publicKeys: Readonly<Record<string, JsonObject>>): Promise<Issuer> {
  let answers: IssuerScript = {};
  const counts = new Map<string, number>();
  const latest = new Map<string, ReceivedRequest>();
  const gone = new AbortController();
  const respond = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const { method = '', url: target = '/', headers } = request;
    const path = target.replace(/[?#].*$/s, '');
    counts.set(path, (counts.get(path) ?? 0) + 1);
    latest.set(path, { method, target, headers, body });
    const answer = Object.hasOwn(answers, path) ? answers[path]! : { status: 404, json: {} };
    // Whoever asked may have gone, as whoever asks a slow issuer does.
    sendAnswer(response, answer, { publicKeys, signal: gone.signal }).catch(() => response.destroy());
  };
  const server = createServer((request, response) => {
    text(request).then(
      (body) => respond(request, body, response),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    texts: { url: `http://127.0.0.1:${port}`, port: String(port) },
    change: (changed) => void (answers = { ...answers, ...changed }),
    requests: (path) => counts.get(path) ?? 0,
    received: (path) => latest.get(path),
    stop: () =>
      new Promise((resolve) => {
        gone.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
