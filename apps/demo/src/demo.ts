import { once } from 'node:events';

import { createBoard, isAsExpected, type Board, type Cell } from './board.js';
import { createClientPool } from './client-pool.js';
import { issueCredentials, type Credentials } from './credentials/credentials.js';
import type { KeyRing } from './credentials/key-ring.js';
import { byHand, createRequestGroups } from './requests/index.js';
import type { RequestGroup } from './requests/request.js';
import { frameworks } from './servers/index.js';
import { formatCurls } from './terminal/curl.js';
import { formatMatrix, formatSummary } from './terminal/matrix.js';
import { createPaint } from './terminal/paint.js';
import { formatRoutes } from './terminal/routes.js';
import { startWatched, type WatchedServer } from './watched-server.js';
import { createLive, type Live } from './web/live.js';
import { startPageServer, type KeyDesk } from './web/page-server.js';
import { showCell } from './web/show.js';

export interface DemoOptions {
  /** Ends after the requests, instead of serving on. */
  readonly once: boolean;
  /** Of the page; 0 means any that is free. */
  readonly port: number;
  readonly colors: boolean;
  readonly print: (text: string) => void;
  /** Aborts when all shall end. */
  readonly stopped: AbortSignal;
  readonly makeGroups?: (made: Credentials) => readonly RequestGroup[];
}

/** Starts the servers, sends every request to each, prints what came back, and serves on. @returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const stops: Stop[] = [];
  try {
    const { board, live, keyRing } = await startBoard(options, stops);
    if (options.once) return (await sendAndPrint(board, options)).every(isAsExpected) ? 0 : 1;
    const page = await startPageServer({ port: options.port, board, live, keys: deskOf(keyRing, board) });
    stops.push(page.stop);
    await serve(board, page.url, options);
    return 0;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}

type Stop = () => Promise<void>;

const deskOf = (keyRing: KeyRing, board: Board): KeyDesk => ({
  show: () => ({ signing: keyRing.latest().current.keyid, published: keyRing.keys().map(({ keyid }) => keyid) }),
  async rotate() {
    if (!keyRing.mayRotate()) return false;
    await board.renew();
    return true;
  },
});

/** @param stops gets what ends each thing that was started, so that nothing stays where a later one fails. */
async function startBoard(
  { makeGroups = createRequestGroups }: DemoOptions,
  stops: Stop[],
): Promise<{ readonly board: Board; readonly live: Live; readonly keyRing: KeyRing }> {
  const live = createLive();
  const { trusted, makeCredentials, keyRing, stop } = await issueCredentials((event) =>
    live.tellAudit({ server: 'issuer', event }),
  );
  stops.push(stop);
  const servers: WatchedServer[] = [];
  for (const framework of frameworks) {
    const server = await startWatched(framework, trusted, (name, event) => live.tellAudit({ server: name, event }));
    stops.push(server.stop);
    servers.push(server);
  }
  const clients = createClientPool();
  stops.push(clients.close);
  const board = await createBoard({
    clients,
    makeGroups: async () => makeGroups(await makeCredentials()),
    servers,
    onCell: (cell) => live.tellCell(showCell(cell, servers)),
  });
  return { board, live, keyRing };
}

async function serve(board: Board, url: string, options: DemoOptions): Promise<void> {
  const { print, stopped } = options;
  print(`Open ${url}\n`);
  await sendAndPrint(board, options);
  if (stopped.aborted) return;
  print(`\nGo on by hand. Tokens and keys were made for this run alone: they end with it, or after an hour.\n`);
  const again = board.groups().flatMap(({ requests }) => requests.filter(({ name }) => byHand.includes(name)));
  print(formatCurls(again, board));
  print(`\nServing until Ctrl-C. Open ${url}`);
  await once(stopped, 'abort');
}

async function sendAndPrint(board: Board, { colors, print, stopped }: DemoOptions): Promise<readonly Cell[]> {
  const paint = createPaint(colors);
  const { servers } = board;
  print(servers.map(({ name, url }) => `${name.padEnd(9)}${url}`).join('\n'));
  const cells = await board.sendAll(stopped);
  if (stopped.aborted) return cells;
  const matrix = { groups: board.groups(), frameworks: servers.map(({ name }) => name), cells };
  print(`\n${formatMatrix(matrix, paint)}\n\n${formatSummary(cells, paint)}\n\n${formatRoutes(servers)}`);
  return cells;
}
