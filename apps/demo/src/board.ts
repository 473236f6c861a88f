import { findFaults, reasonsOf, type AttemptEvent } from './judge.js';
import type { SignRequest } from './credentials/signers.js';
import { createRequestBook } from './request-book.js';
import type { DemoRequest, RequestGroup } from './requests/request.js';
import { send, type Exchange, type Received } from './send.js';
import type { ClientPool } from './client-pool.js';
import type { WatchedServer } from './watched-server.js';

/** One request at one server. */
export interface Cell {
  /** `id` of the request. */
  readonly request: string;
  readonly framework: string;
  readonly outcome: string;
  readonly reason: string;
  readonly ms: number;
  readonly faults: readonly string[];
  readonly exchange: Exchange;
  readonly events: readonly AttemptEvent[];
  readonly explanations: readonly string[];
}

export const isAsExpected = ({ faults }: Cell): boolean => faults.length === 0;

export interface BoardOptions {
  /** The same requests each time, with credentials that are good now. */
  readonly makeGroups: () => Promise<readonly RequestGroup[]>;
  readonly servers: readonly WatchedServer[];
  readonly clients: ClientPool;
  readonly onCell?: (cell: Cell) => void;
  readonly nowMs?: () => number;
}

/** Every request by every server, with the latest answer of each. */
export interface Board {
  readonly servers: readonly WatchedServer[];
  readonly groups: () => readonly RequestGroup[];
  readonly cellOf: (request: string, framework: string) => Cell | undefined;
  /** @returns undefined for a request or a framework that is not there. */
  readonly send: (request: string, framework: string) => Promise<Cell | undefined>;
  /** Makes all credentials anew, between two requests. */
  readonly renew: () => Promise<void>;
  /** Sends every request to every server. Those who ask while it goes on wait for the same. */
  readonly sendAll: (signal?: AbortSignal) => Promise<readonly Cell[]>;
}

export async function createBoard(options: BoardOptions): Promise<Board> {
  const { makeGroups, servers, clients, onCell = () => undefined, nowMs = () => performance.now() } = options;
  const book = await createRequestBook(makeGroups, nowMs);
  const cells = new Map<string, Cell>();
  const inTurn = createTurns();
  let sendingAll: Promise<readonly Cell[]> | undefined;

  const sendById = async (id: string, server: WatchedServer): Promise<Cell | undefined> => {
    const request = await book.find(id);
    if (request === undefined) return undefined;
    const cell = await ask(server, request, clients);
    cells.set(keyOf(id, server.name), cell);
    onCell(cell);
    return cell;
  };
  const sendEach = async (signal?: AbortSignal): Promise<readonly Cell[]> => {
    const sent: Cell[] = [];
    for (const { id } of book.groups().flatMap(({ requests }) => requests)) {
      for (const server of servers) {
        const cell = signal?.aborted ? undefined : await inTurn(() => sendById(id, server));
        if (cell !== undefined) sent.push(cell);
      }
    }
    return sent;
  };

  return {
    servers,
    groups: book.groups,
    cellOf: (request, framework) => cells.get(keyOf(request, framework)),
    async send(id, framework) {
      const server = servers.find(({ name }) => name === framework);
      return server && inTurn(() => sendById(id, server));
    },
    renew: () => inTurn(book.renew),
    sendAll: (signal) => (sendingAll ??= sendEach(signal).finally(() => (sendingAll = undefined))),
  };
}

/** One after the other, so that whatever happens belongs to one request, and no time is that of another. */
function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const turn = last.then(run);
    last = turn.catch(() => undefined);
    return turn;
  };
}

const keyOf = (request: string, framework: string): string => `${framework} ${request}`;

async function sendTo(server: WatchedServer, request: DemoRequest, clients: ClientPool): Promise<Received> {
  if (request.sign) return sendSigned(server, request, request.sign);
  if (request.caller) return clients.send(server.url, request);
  if (request.certificate === undefined) return send(server.url, request);
  return send(server.secureUrl, { ...request, ca: server.ca });
}

async function sendSigned(server: WatchedServer, request: DemoRequest, sign: SignRequest): Promise<Received> {
  const { method, path, isRepeated = false } = request;
  const { headers, body } = await sign({ method, url: server.url + path });
  const signed = { method, path, headers: [...request.headers, ...headers], body };
  if (isRepeated) {
    await send(server.url, signed);
    server.takeHappened();
  }
  return send(server.url, signed);
}

async function ask(server: WatchedServer, request: DemoRequest, clients: ClientPool): Promise<Cell> {
  // What came by hand in between is another's.
  server.takeHappened();
  const received = await sendTo(server, request, clients);
  const { events, explanations, handlerRuns } = server.takeHappened();
  const { requestLine, requestHeaders, requestBody, tls, statusLine, answerHeaders, body } = received;
  return {
    request: request.id,
    framework: server.name,
    outcome: received.outcome,
    reason: reasonsOf(events),
    ms: received.ms,
    faults: findFaults(request.expected, { received, events, handlerRuns }),
    exchange: {
      requestLine,
      requestHeaders,
      ...(requestBody !== undefined && { requestBody }),
      ...(tls && { tls }),
      statusLine,
      answerHeaders,
      body,
    },
    events,
    explanations,
  };
}
