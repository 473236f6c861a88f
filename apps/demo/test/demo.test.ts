import { afterAll, describe, expect, it } from 'vitest';

import { createBoard, isAsExpected, type Cell } from '../src/board.js';
import { createClientPool } from '../src/client-pool.js';
import { issueCredentials } from '../src/credentials/credentials.js';
import { runDemo, type DemoOptions } from '../src/demo.js';
import { byHand, createRequestGroups } from '../src/requests/index.js';
import { isRefusal, type DemoRequest, type Outcome, type RequestGroup } from '../src/requests/request.js';
import { frameworks } from '../src/servers/index.js';
import { startWatched, type WatchedServer } from '../src/watched-server.js';

const issued = await issueCredentials();
const clients = createClientPool();
const servers: WatchedServer[] = [];
for (const framework of frameworks) servers.push(await startWatched(framework, issued.trusted));
afterAll(() => Promise.all([issued, ...servers].map(({ stop }) => stop())));
afterAll(() => clients.close());

const board = await createBoard({
  makeGroups: async () => createRequestGroups(await issued.makeCredentials()),
  servers,
  clients,
});
const cells = await board.sendAll();
const requests = board.groups().flatMap((group) => group.requests);
const names = ['express', 'fastify', 'koa', 'nest', 'fetch'];

describe.each(requests)('$name', ({ id, expected }) => {
  it.each(names)('comes to what is expected in %s', (framework) => {
    const { outcome, reason, faults } = board.cellOf(id, framework)!;
    expect({ outcome, reason, faults }).toEqual({ ...expected, faults: [] });
  });
});

describe('the board', () => {
  it('has its methods in four frameworks and in none, good and hostile', () => {
    expect(board.servers.map(({ name }) => name)).toEqual(names);
    expect(cells).toHaveLength(requests.length * names.length);
    expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
    for (const group of board.groups()) {
      expect(new Set(group.requests.map(({ expected }) => isRefusal(expected.outcome))).size).toBe(2);
    }
  });

  it.each(servers)('lists the routes of $name, and that one has no requirement', ({ routes }) => {
    expect(routes.map(({ method, path, requirement }) => `${method} ${path} ${requirement !== null}`)).toEqual([
      'GET /orders true',
      'POST /orders true',
      'GET /payouts true',
      'POST /payouts true',
      'GET /archive true',
      'GET /ledger true',
      'POST /imports true',
      'POST /hooks true',
      'GET /me true',
      'GET /health true',
      'GET /internal/export false',
    ]);
  });

  it('keeps every line that was sent, two of one name too', () => {
    const { requestLine, requestHeaders } = board.cellOf('two-authorization-lines', 'koa')!.exchange;
    expect(requestLine).toBe('GET /orders HTTP/1.1');
    expect(requestHeaders.filter(([name]) => name === 'Authorization')).toHaveLength(2);
  });

  it('keeps the answer as it came', () => {
    const { statusLine, answerHeaders, body } = board.cellOf('no-credentials', 'nest')!.exchange;
    expect(statusLine).toBe('HTTP/1.1 401 Unauthorized');
    const challenges = answerHeaders.filter(([name]) => name.toLowerCase() === 'www-authenticate');
    expect(challenges.map(([, value]) => value.split(' ')[0])).toEqual(['Bearer', 'ApiKey', 'Basic']);
    expect(JSON.parse(body)).toMatchObject({ status: 401, code: 'missing-credentials' });
  });

  it('says when to come again where the issuer is down, and how to sign in where that was too weak', () => {
    const headersOf = (id: string, name: string): readonly string[] =>
      board
        .cellOf(id, 'fastify')!
        .exchange.answerHeaders.filter(([other]) => other.toLowerCase() === name)
        .map(([, value]) => value);
    expect(headersOf('token-and-an-issuer-that-is-down', 'retry-after')).toEqual([expect.stringMatching(/^[1-9]\d*$/)]);
    const [challenge] = headersOf('token-of-a-weak-sign-in', 'www-authenticate');
    expect(challenge).toMatch(/error="insufficient_user_authentication".*acr_values="second-factor"/);
  });

  it('sends good requests with the client, which writes the credentials', () => {
    const { requestHeaders } = board.cellOf('good-token', 'fastify')!.exchange;
    expect(requestHeaders.find(([name]) => name === 'authorization')?.[1]).toMatch(/^Bearer eyJ/);
  });

  it('tells in words why each request was refused', () => {
    for (const request of requests) {
      expect(request.why).toMatch(/^[A-Z].*\.$/);
      expect(request.what).toMatch(/^[A-Z].*[.?]$/);
    }
    for (const cell of cells) expect(cell.explanations).toHaveLength(isRefusal(cell.outcome) ? 1 : 0);
  });

  it('sends one again, and knows no other', async () => {
    const again = await board.send('expired-token', 'koa');
    expect(again?.outcome).toBe('401 invalid-token');
    expect(board.cellOf('expired-token', 'koa')).toBe(again);
    expect(await board.send('expired-token', 'rails')).toBeUndefined();
    expect(await board.send('__proto__', 'koa')).toBeUndefined();
  });

  it('attributes nothing that came by hand to a request of its own', async () => {
    const byOthers = await fetch(`${servers[0]!.url}/orders`);
    expect(byOthers.status).toBe(401);
    expect(isAsExpected((await board.send('good-api-key', 'express')) as Cell)).toBe(true);
  });

  it('makes credentials anew after half an hour, before they end', async () => {
    let [made, nowMs] = [0, 0];
    const makeGroups = async (): Promise<readonly RequestGroup[]> => {
      made++;
      return createRequestGroups(await issued.makeCredentials());
    };
    const other = await createBoard({ makeGroups, servers, clients, nowMs: () => nowMs });
    const before = (await other.send('token-for-another-audience', 'koa'))?.exchange;
    nowMs = 30 * 60 * 1000 - 1;
    expect((await other.send('token-for-another-audience', 'koa'))?.exchange.requestHeaders).toEqual(
      before?.requestHeaders,
    );
    expect(made).toBe(1);
    nowMs++;
    const after = await other.send('token-for-another-audience', 'koa');
    expect(made).toBe(2);
    expect(after?.exchange.requestHeaders).not.toEqual(before?.requestHeaders);
    expect(after?.faults).toEqual([]);
  });

  it('sends all once where two ask at the same time', async () => {
    const stop = new AbortController();
    const first = board.sendAll(stop.signal);
    expect(board.sendAll()).toBe(first);
    stop.abort();
    expect((await first).length).toBeLessThan(cells.length);
  });
});

describe('the demo', { timeout: 60_000 }, () => {
  it('ends with 0 where all is as expected, prints no secret and no colours, and fits into 100 columns', async () => {
    const { code, text } = await run();
    expect(code).toBe(0);
    expect(text).toContain(`${cells.length} of ${cells.length} cells as expected`);
    expect(text).toContain('GET  /internal/export  nothing declared');
    for (const unwanted of ['✗', '\u001b', 'eyJ', 'acme_', 'correct horse']) expect(text).not.toContain(unwanted);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  const wrong: readonly (readonly [what: string, outcome: Outcome, reason: string, fault: string])[] = [
    ['status', '200', 'no-credentials', '401 missing-credentials instead of 200'],
    ['code', '401 invalid-token', 'no-credentials', '401 missing-credentials instead of 401 invalid-token'],
    ['audit reason', '401 missing-credentials', 'expired', 'audit reason no-credentials instead of expired'],
  ];
  it.each(wrong)('ends with 1 where one expected %s is wrong', async (_what, outcome, reason, fault) => {
    const wronged = only(['no credentials'], (sent) => ({ ...sent, expected: { outcome, reason } }));
    const { code, text } = await run(wronged);
    expect(code).toBe(1);
    expect(text).toContain(`0 of ${names.length} cells as expected`);
    for (const name of names) expect(text).toContain(`${name}: ${fault}`);
    expect(text).toContain('✗ 401');
  });

  it('serves on until it is stopped, with the page and lines to paste, and leaves nothing behind', async () => {
    const printed: string[] = [];
    const stop = new AbortController();
    let code: Promise<number> | undefined;
    await new Promise<void>((resolve, reject) => {
      const print = (line: string): void => {
        printed.push(line);
        if (line.includes('Serving until')) resolve();
      };
      code = runDemo({ ...quiet, once: false, stopped: stop.signal, print, makeGroups: only(byHand) });
      code.catch(reject);
    });
    const text = printed.join('\n');
    const urls = [...text.matchAll(/^[a-z]+ +(http:\S+)$/gm)].map(([, url = '']) => url);
    expect(urls).toHaveLength(names.length);
    for (const url of urls) expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(text.match(/^curl -i /gm)).toHaveLength(byHand.length);
    const [first, last] = [...text.matchAll(/Open (http:\S+)/g)].map(([, url = '']) => url);
    expect(last).toBe(first);
    expect(await (await fetch(first!)).text()).toContain('<h1>Who gets in, and why</h1>');

    stop.abort();
    expect(await code).toBe(0);
    for (const url of [first!, ...urls]) await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('ends at once where it is stopped while it sends', async () => {
    const stop = new AbortController();
    const printed: string[] = [];
    const print = (text: string): void => {
      printed.push(text);
      if (text.includes('express ')) stop.abort();
    };
    expect(await runDemo({ ...quiet, once: false, stopped: stop.signal, print })).toBe(0);
    expect(printed.join('\n')).not.toContain('cells as expected');
  });
});

const quiet = { port: 0, colors: false } as const;

type MakeGroups = NonNullable<DemoOptions['makeGroups']>;

/** Some requests alone, in one group. */
function only(wanted: readonly string[], change = (sent: DemoRequest): DemoRequest => sent): MakeGroups {
  return (made) => {
    const all = createRequestGroups(made).flatMap((group) => group.requests);
    const some = all.filter(({ name }) => wanted.includes(name)).map(change);
    return [{ title: 'some', about: '', requests: some }];
  };
}

async function run(makeGroups?: MakeGroups) {
  const printed: string[] = [];
  const options: DemoOptions = {
    ...quiet,
    once: true,
    print: (text) => void printed.push(text),
    stopped: new AbortController().signal,
    ...(makeGroups && { makeGroups }),
  };
  return { code: await runDemo(options), text: printed.join('\n') };
}
