import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  /** The latest body that was posted to a path. */
  posted(path: string): string | undefined;
  /** Ends it, and cuts off whatever it kept waiting. */
  stop(): Promise<void>;
}

/**
 * Starts an issuer that has nothing to serve yet. It speaks plain HTTP.
 * @param publicKeys by the names that scripts give them
 */
export async function startIssuer(publicKeys: Readonly<Record<string, JsonObject>>): Promise<Issuer> {
  let answers: IssuerScript = {};
  const counts = new Map<string, number>();
  const bodies = new Map<string, string>();
  const gone = new AbortController();
  const respond = (path: string, response: ServerResponse): void => {
    const answer = Object.hasOwn(answers, path) ? answers[path]! : { status: 404, json: {} };
    // Whoever asked may have gone, as whoever asks a slow issuer does.
    sendAnswer(response, answer, { publicKeys, signal: gone.signal }).catch(() => response.destroy());
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    counts.set(path, (counts.get(path) ?? 0) + 1);
    if (request.method !== 'POST') return respond(path, response);
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.set(path, body);
      respond(path, response);
    });
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
    posted: (path) => bodies.get(path),
    stop: () =>
      new Promise((resolve) => {
        gone.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
