import type { Board, Cell } from '../board.js';
import { isRefusal, type DemoRequest } from '../requests/request.js';
import type { WatchedServer } from '../watched-server.js';
import { formatCurl } from '../terminal/curl.js';
import { formatRequirement } from '../terminal/routes.js';
import type { BoardView, CellView, RequestView } from './view.js';

export function showBoard(board: Board): BoardView {
  const { servers } = board;
  const groups = board.groups();
  const cells = groups.flatMap(({ requests }) =>
    requests.flatMap(({ id }) => servers.flatMap(({ name }) => board.cellOf(id, name) ?? [])),
  );
  return {
    frameworks: servers.map(({ name, url }) => ({ name, url })),
    groups: groups.map(({ title, about, requests }) => ({
      title,
      about,
      requests: requests.map((request) => showRequest(request, servers)),
    })),
    cells: cells.map((cell) => showCell(cell, servers)),
  };
}

function showRequest(request: DemoRequest, servers: readonly WatchedServer[]): RequestView {
  const { id, name, method, path, expected, what, why, look = null, see } = request;
  const route = servers[0]?.routes.find((other) => other.method === method && other.path === pathOnly(path));
  return {
    id,
    name,
    good: !isRefusal(expected.outcome),
    ...expected,
    requirement: formatRequirement(route?.requirement ?? null),
    what,
    why,
    look,
    see,
  };
}

export function showCell({ exchange, ...cell }: Cell, servers: readonly WatchedServer[]): CellView {
  const { requestLine, requestHeaders } = exchange;
  const server = servers.find(({ name }) => name === cell.framework);
  const url = (exchange.tls === undefined ? server?.url : server?.secureUrl) ?? '';
  return {
    ...cell,
    ...exchange,
    secrets: [...requestHeaders.flatMap(secretsOf), ...querySecretOf(requestLine)],
    curl: formatCurl(url, exchange),
  };
}

function secretsOf([name, value]: readonly [name: string, value: string]): readonly string[] {
  const field = name.toLowerCase();
  if (field === 'authorization') return [value.slice(value.indexOf(' ') + 1)];
  return field === 'x-api-key' ? [value] : [];
}

function querySecretOf(requestLine: string): readonly string[] {
  const [, value] = /[?&](?:access_token|api_key)=([^& ]+)/.exec(requestLine) ?? [];
  return value === undefined ? [] : [value];
}

const pathOnly = (path: string): string => path.replace(/\?.*$/, '');
