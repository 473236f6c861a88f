import { makeCredentials, type Credentials } from './credentials.js';
import { formatCurls } from './curl.js';
import { formatMatrix, formatSummary } from './matrix.js';
import { createPaint } from './paint.js';
import { byHand, createRequests, type DemoRequest } from './requests.js';
import { formatRoutes } from './routes.js';
import { isAsExpected, runRequests, startWatched, type WatchedServer } from './run.js';
import { frameworks } from './servers/index.js';

export interface DemoOptions {
  /** Ends after the requests, instead of serving on. */
  readonly once: boolean;
  readonly colors: boolean;
  readonly print: (text: string) => void;
  /** Resolves when serving shall end. */
  readonly stopped: Promise<void>;
  readonly requests?: (credentials: Credentials) => readonly DemoRequest[];
}

/** Starts the servers, sends every request to each, prints what came back, and serves on. @returns the exit code. */
export async function runDemo({
  once,
  colors,
  print,
  stopped,
  requests = createRequests,
}: DemoOptions): Promise<number> {
  const credentials = await makeCredentials();
  const servers: WatchedServer[] = [];
  try {
    for (const [name, start] of frameworks) servers.push(await startWatched(name, start, credentials.forApi));
    const paint = createPaint(colors);
    print(servers.map(({ name, url }) => `${name.padEnd(9)}${url}`).join('\n'));
    const sent = requests(credentials);
    const rows = await runRequests(sent, servers);
    const names = servers.map(({ name }) => name);
    print(`\n${formatMatrix(rows, names, paint)}\n\n${formatSummary(rows, paint)}\n\n${formatRoutes(servers)}`);
    if (once) return rows.every(({ cells }) => cells.every(isAsExpected)) ? 0 : 1;

    const again = sent.filter(({ name }) => byHand.includes(name));
    const urls = servers.map(({ url }) => url);
    print(`\nGo on by hand. Tokens and keys were made for this run alone: they end with it, or after an hour.\n`);
    print(`${formatCurls(again, urls)}\n\nServing until Ctrl-C.`);
    await stopped;
    return 0;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
