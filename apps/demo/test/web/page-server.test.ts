import { get, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

import { afterAll, describe, expect, it } from 'vitest';

import type { Board, Cell } from '../../src/board.js';
import { createLive } from '../../src/web/live.js';
import { startPageServer, type KeyDesk } from '../../src/web/page-server.js';
import type { AuditView } from '../../src/web/view.js';

const cell: Cell = {
  request: 'one',
  framework: 'koa',
  outcome: '200',
  reason: 'ok',
  ms: 1,
  faults: [],
  exchange: {
    requestLine: 'GET /orders?access_token=s3cret HTTP/1.1',
    requestHeaders: [
      ['Host', 'h'],
      ['authorization', 'Bearer t0ken'],
      ['X-API-Key', 'acme_1'],
    ],
    statusLine: 'HTTP/1.1 200 OK',
    answerHeaders: [],
    body: '',
  },
  events: [],
  explanations: [],
};
const sent: string[] = [];
const board: Board = {
  servers: [],
  groups: () => [],
  cellOf: () => cell,
  async send(id, framework) {
    sent.push(`${id} ${framework}`);
    return id === 'one' ? cell : undefined;
  },
  async renew() {
    sent.push('renew');
  },
  async sendAll() {
    sent.push('all');
    return [];
  },
};

const live = createLive();
let isEarly = false;
const keys: KeyDesk = {
  show: () => ({ signing: 'ec-2', published: ['rsa-1', 'ec-2', 'rsa-3'] }),
  async rotate() {
    if (!isEarly) sent.push('rotate');
    return !isEarly;
  },
};
const page = await startPageServer({ port: 0, board, live, keys });
afterAll(() => page.stop());
const { host, port, origin } = new URL(page.url);

interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

/** With every field as given, `Host` too, which `fetch` writes by itself. */
function ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false };
    const outgoing = request(options, (res) => {
      text(res).then((all) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: all }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const ownPost = { method: 'POST', headers: { origin, 'content-type': 'application/json' } } as const;
const order = JSON.stringify({ request: 'one', framework: 'koa' });

describe('the server of the page', () => {
  it('serves the page with a policy that lets nothing in from elsewhere (CSP 3)', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(body).toContain('<!doctype html>');
    const policy = String(headers['content-security-policy']);
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"])
      expect(policy).toContain(part);
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('serves every module and sheet that the page asks for', async () => {
    const { body } = await ask('/');
    const paths = [...body.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      const file = await ask(path);
      expect({ path, status: file.status }).toEqual({ path, status: 200 });
      for (const [, name] of file.body.matchAll(/ from '\.\/([^']+)'/g))
        expect(await ask(`/${name}`)).toMatchObject({ status: 200 });
    }
  });

  it.each(['/../package.json', '/..%2fpackage.json', '/tsconfig.json', '//etc/passwd', '/constructor', '/index.html'])(
    'serves nothing else of the disk: %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it.each([
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    `127.0.0.1:${Number(port) + 1}`,
    `127.0.0.1.evil.example:${port}`,
  ])('answers to no other name, so that no other name can be rebound to it: Host %s', async (name) => {
    expect((await ask('/board.json', { headers: { host: name } })).status).toBe(421);
  });

  it('answers to localhost too', async () => {
    expect((await ask('/board.json', { headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  it.each(['cross-site', 'same-site', 'whatever'])(
    'tells a page of another origin nothing: Sec-Fetch-Site %s',
    async (site) => {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
      expect((await ask('/board.json', { headers })).status).toBe(403);
      expect((await ask('/live', { headers })).status).toBe(403);
      const script = { ...headers, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' };
      expect((await ask('/board.json', { headers: script })).status).toBe(403);
    },
  );

  it('opens where somebody follows a link from elsewhere', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await ask('/', { headers })).status).toBe(200);
    expect((await ask('/', { headers: { ...headers, 'sec-fetch-dest': 'iframe' } })).status).toBe(403);
    expect((await ask('/send-all', { ...ownPost, headers: { ...ownPost.headers, ...headers } })).status).toBe(403);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['the origin of another port', { origin: `http://127.0.0.1:${Number(port) + 1}` }],
    ['an opaque origin', { origin: 'null' }],
    ['no origin', { origin: undefined }],
    ['a form of another site', { origin, 'sec-fetch-site': 'cross-site' }],
  ])('sends nothing for %s', async (_whose, given) => {
    sent.length = 0;
    const { origin: _own, ...rest } = ownPost.headers;
    const headers = Object.fromEntries(
      Object.entries({ ...rest, ...given }).filter(([, value]) => value !== undefined),
    );
    expect((await ask('/send', { ...ownPost, headers, body: order })).status).toBe(403);
    expect((await ask('/send-all', { ...ownPost, headers })).status).toBe(403);
    expect((await ask('/rotate', { ...ownPost, headers })).status).toBe(403);
    expect(sent).toEqual([]);
  });

  it.each(['PUT', 'DELETE', 'OPTIONS', 'TRACE'])('knows no %s', async (method) => {
    expect((await ask('/send', { method, headers: { origin } })).status).toBe(405);
  });

  it('rotates the keys of the issuer, and says which are there, unless it is too early', async () => {
    sent.length = 0;
    const rotated = await ask('/rotate', ownPost);
    expect(rotated.status).toBe(200);
    expect(JSON.parse(rotated.body)).toEqual(keys.show());
    expect(JSON.parse((await ask('/keys.json')).body)).toEqual(keys.show());
    isEarly = true;
    expect((await ask('/rotate', ownPost)).status).toBe(204);
    expect(sent).toEqual(['rotate']);
  });

  it('sends one again, and shows what of it is a credential', async () => {
    const { status, body } = await ask('/send', { ...ownPost, body: order });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ request: 'one', secrets: ['t0ken', 'acme_1', 's3cret'] });
  });

  it('sends all again', async () => {
    sent.length = 0;
    expect((await ask('/send-all', ownPost)).status).toBe(204);
    expect(sent).toEqual(['all']);
  });

  const malformed: readonly (readonly [what: string, body: string, type?: string])[] = [
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['other types', '{"request":1,"framework":{}}'],
    ['a request that is not there', '{"request":"two","framework":"koa"}'],
    ['more than 1 KiB', order + ' '.repeat(1024)],
    ['a form, which other sites can send', order, 'text/plain'],
  ];
  it.each(malformed)('refuses %s', async (_what, body, type = 'application/json') => {
    const headers = { origin, 'content-type': type };
    expect((await ask('/send', { method: 'POST', headers, body })).status).toBe(400);
  });
});

describe('the live stream', () => {
  const audit = (id: string): AuditView => ({
    server: 'koa',
    event: { id, time: '', kind: 'attempt', outcome: 'refuse', reason: 'line\nbreak' },
  });

  /** @returns what comes until it has the marker. */
  async function listenUntil(marker: string): Promise<string> {
    const stop = new AbortController();
    const response = await fetch(`${page.url}live`, { signal: stop.signal });
    const decoder = new TextDecoder();
    let heard = '';
    for await (const chunk of response.body!) {
      heard += decoder.decode(chunk as Uint8Array, { stream: true });
      if (heard.includes(marker)) break;
    }
    stop.abort();
    return heard;
  }

  it('tells the latest hundred events first, each in one line, and then goes on', async () => {
    for (let i = 0; i < 120; i++) live.tellAudit(audit(`#${i}.`));
    const heard = await listenUntil('#119.');
    expect(heard.match(/^event: audit$/gm)).toHaveLength(100);
    expect(heard).not.toContain('#19.');
    for (const line of heard.split('\n')) expect(line).toMatch(/^(?:|retry: 1000|event: audit|data: \{.*\})$/);
  });

  it('turns the seventeenth listener away, and lets one in again where another has gone', async () => {
    const crowded = await startPageServer({ port: 0, board, live: createLive(), keys });
    const open = async (signal: AbortSignal): Promise<number> => (await fetch(`${crowded.url}live`, { signal })).status;
    const [stop, go] = [new AbortController(), new AbortController()];
    for (let i = 0; i < 16; i++) expect(await open(stop.signal)).toBe(200);
    expect(await open(go.signal)).toBe(503);
    stop.abort();
    await expect.poll(() => open(go.signal), { timeout: 10_000 }).toBe(200);
    go.abort();
    await crowded.stop();
  });

  it('cuts off a listener that does not read, and holds no more for it than a few megabytes', async () => {
    const flood = createLive();
    const flooded = await startPageServer({ port: 0, board, live: flood, keys });
    const deaf = await new Promise<IncomingMessage>((resolve) => get(`${flooded.url}live`, resolve));
    const cut = new Promise((resolve) => deaf.once('error', resolve));
    const long = audit('x'.repeat(2 ** 20));
    for (let i = 0; i < 16; i++) flood.tellAudit(long);
    // It reads on only now, and finds the end of the line.
    deaf.resume();
    expect(await cut).toMatchObject({ code: 'ECONNRESET' });
    await flooded.stop();
  });

  it('ends with the server, whoever listens', async () => {
    const other = createLive();
    const short = await startPageServer({ port: 0, board, live: other, keys });
    const response = await fetch(`${short.url}live`);
    await short.stop();
    expect(await response.text()).toContain('retry');
    await expect(fetch(short.url)).rejects.toThrow('fetch failed');
  });
});
