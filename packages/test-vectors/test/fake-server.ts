import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

import type { Case, Configuration } from '../src/case.js';
import type { AuditEvent, RunningServer, Start } from '../src/server.js';

/** What the fake server answers to a request, and what it records. */
export interface FakeAnswer {
  status: number;
  headers: [name: string, value: string][];
  body: string;
  events: Record<string, unknown>[];
}

export interface FakeRequest {
  readonly method: string;
  readonly target: string;
  readonly authorization: string | undefined;
  /** As it came, up to the body. */
  readonly head: string;
}

/** Changes a right answer into another; or answers by hand on the socket. */
export interface Behaviour {
  readonly answer?: (answer: FakeAnswer, request: FakeRequest) => void;
  readonly socket?: (socket: Socket, text: string, request: FakeRequest) => void;
  readonly running?: (server: RunningServer) => RunningServer;
}

export const configuration: Configuration = { clock: { at: '2026-01-01T00:00:00Z' }, schemes: {}, routes: [] };

const refusals = {
  'missing-credentials': {
    status: 401,
    title: 'Credentials are required',
    reason: 'no-credentials',
    challenge: 'Bearer realm="api"',
  },
  'rate-limited': { status: 429, title: 'Too many requests', reason: 'address-limit', challenge: undefined },
} as const;

const principal = {
  scheme: 'access', issuer: 'https://issuer.example', subject: 'svc-1', clientId: null, credentialId: 'good',
  confirmation: null, scopes: ['orders:read'], roles: [], claims: { sub: 'svc-1' },
} as const; // prettier-ignore

/** Cases that the fake server passes unless told to misbehave. */
export const cases: readonly Case[] = [
  {
    id: 'fake-refused.1', title: 'refuses', configuration: 'fake',
    steps: [{ request: { method: 'GET', target: '/token', headers: [] }, expect: refused('missing-credentials') }],
  },
  {
    id: 'fake-allowed.1', title: 'allows', configuration: 'fake',
    steps: [
      {
        request: { method: 'GET', target: '/token?x=1', headers: [['Authorization', 'Bearer {{token:good}}']] },
        expect: { status: 200, challenges: [], code: null, principal, audit: { outcome: 'allow', reason: 'ok', scheme: 'access', subject: 'svc-1', credentialId: 'good' } },
      },
    ],
  },
  {
    id: 'fake-head.1', title: 'answers HEAD', configuration: 'fake',
    steps: [{ request: { method: 'HEAD', target: '/token', headers: [] }, expect: refused('missing-credentials') }],
  },
  {
    id: 'fake-limited.1', title: 'says when to come again', configuration: 'fake',
    steps: [{ request: { method: 'GET', target: '/limited', headers: [] }, expect: refused('rate-limited') }],
  },
  {
    id: 'fake-parser.1', title: 'is refused by the parser', configuration: 'fake',
    steps: [{ request: { method: 'GET', target: '/token', raw: 'GET /token HTTP/1.1\r\nbroken\r\n\r\n' }, expect: { status: 400, challenges: [], code: null, audit: null } }],
  },
]; // prettier-ignore

function refused(code: keyof typeof refusals) {
  const { status, reason, challenge } = refusals[code];
  return {
    status,
    challenges: challenge === undefined ? [] : [challenge],
    code,
    audit: { outcome: 'refuse', reason },
  } as const;
}

function rightAnswer({ method, target, authorization }: FakeRequest): FakeAnswer {
  const [path = ''] = target.split('?');
  const common = { scheme: null, issuer: null, subject: null, clientId: null, credentialId: null, method, path, route: path, address: '127.0.0.1', time: '2026-01-01T00:00:00.000Z' };
  const date: [string, string] = ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT'];
  if (authorization !== undefined) {
    const body = JSON.stringify({ principal, principals: [principal], method, path, bodyLength: 0, bodySha256: createHash('sha256').digest('hex') });
    const who = { scheme: 'access', issuer: 'https://issuer.example', subject: 'svc-1', credentialId: 'good' };
    return { status: 200, headers: [date, ['Content-Type', 'application/json']], body, events: [{ ...common, ...who, outcome: 'allow', reason: 'ok', code: null, status: 200 }] };
  }
  const code = path === '/limited' ? 'rate-limited' : 'missing-credentials';
  const { status, title, reason, challenge } = refusals[code];
  const instance = `urn:uuid:${randomUUID()}`;
  return {
    status,
    headers: [
      date,
      ['Content-Type', 'application/problem+json'],
      ['Cache-Control', 'no-store'],
      ...(challenge === undefined ? ([['Retry-After', '7']] as [string, string][]) : ([['WWW-Authenticate', challenge]] as [string, string][])),
    ],
    body: JSON.stringify({ type: `urn:auth:problem:${code}`, title, status, code, instance }),
    events: [{ ...common, outcome: 'refuse', reason, code, status, instance }],
  };
} // prettier-ignore

const toText = (answer: FakeAnswer, withBody: boolean): string =>
  `HTTP/1.1 ${answer.status} X\r\n${answer.headers.map((line) => `${line.join(': ')}\r\n`).join('')}` +
  `Content-Length: ${Buffer.byteLength(answer.body)}\r\n\r\n${withBody ? answer.body : ''}`;

/** Makes a `start` for the runner; `stopped` tells whether the server was stopped. */
export function fakeServer(behaviour: Behaviour = {}): { start: Start; stopped: () => number } {
  let stops = 0;
  const start: Start = async () => {
    const events: AuditEvent[] = [];
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (chunk) => respond(socket, chunk.toString('latin1'), behaviour, events));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const running: RunningServer = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      events: () => events,
      stop: () => {
        stops++;
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
    return behaviour.running?.(running) ?? running;
  };
  return { start, stopped: () => stops };
}

function respond(socket: Socket, text: string, behaviour: Behaviour, events: AuditEvent[]): void {
  const [, method = '', target = ''] = /^(\S+) (\S+) /.exec(text) ?? [];
  const request: FakeRequest = {
    method,
    target,
    authorization: /^Authorization: (.*)\r$/m.exec(text)?.[1],
    head: text,
  };
  if (text.includes('\r\nbroken\r\n')) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return;
  }
  const answer = rightAnswer(request);
  behaviour.answer?.(answer, request);
  events.push(...answer.events);
  const written = toText(answer, method !== 'HEAD');
  if (behaviour.socket === undefined) socket.end(written);
  else behaviour.socket(socket, written, request);
}
