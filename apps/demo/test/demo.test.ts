import { afterAll, describe, expect, it } from 'vitest';

import { parseArguments } from '../src/arguments.js';
import { makeCredentials, type Credentials } from '../src/credentials.js';
import { formatCurl } from '../src/curl.js';
import { runDemo } from '../src/demo.js';
import { findFaults, type Observed } from '../src/judge.js';
import { createPaint, wantsColors } from '../src/paint.js';
import { byHand, createRequests, type DemoRequest, type Outcome } from '../src/requests.js';
import { runRequests, startWatched, type WatchedServer } from '../src/run.js';
import { frameworks } from '../src/servers/index.js';

const credentials = await makeCredentials();
const servers: WatchedServer[] = [];
for (const [name, start] of frameworks) servers.push(await startWatched(name, start, credentials.forApi));
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const requests = createRequests(credentials);
const rows = await runRequests(requests, servers);

describe.each(rows)('$request.name', ({ request, cells }) => {
  it.each(cells)('comes to what is expected in $framework', ({ outcome, reason, faults }) => {
    expect({ outcome, reason, faults }).toEqual({ ...request.expected, faults: [] });
  });
});

describe('the demo', () => {
  it('sends every request to every framework', () => {
    expect(rows).toHaveLength(requests.length);
    for (const { cells } of rows) expect(cells.map((cell) => cell.framework)).toEqual(['express', 'fastify', 'fetch']);
    expect(new Set(requests.map(({ name }) => name)).size).toBe(requests.length);
  });

  it.each(servers)('lists the routes of $name, and that one has no requirement', ({ routes }) => {
    expect(routes.map(({ method, path, requirement }) => `${method} ${path} ${requirement !== null}`)).toEqual([
      'GET /orders true',
      'POST /orders true',
      'GET /me true',
      'GET /health true',
      'GET /internal/export false',
    ]);
  });

  it('ends with 0 where all is as expected, prints no secret and no colours, and fits into 100 columns', async () => {
    const { code, text } = await run();
    expect(code).toBe(0);
    const cells = requests.length * frameworks.length;
    expect(text).toContain(`${cells} of ${cells} cells as expected`);
    expect(text).toContain('GET  /internal/export  nothing declared');
    for (const unwanted of ['✗', '\u001b', 'eyJ', 'acme_']) expect(text).not.toContain(unwanted);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  const wrong: readonly (readonly [what: string, outcome: Outcome, reason: string, fault: string])[] = [
    ['status', '200', 'no-credentials', '401 missing-credentials instead of 200'],
    ['code', '401 invalid-token', 'no-credentials', '401 missing-credentials instead of 401 invalid-token'],
    ['audit reason', '401 missing-credentials', 'expired', 'audit reason no-credentials instead of expired'],
  ];
  it.each(wrong)('ends with 1 where one expected %s is wrong', async (_what, outcome, reason, fault) => {
    const { code, text } = await run((made) =>
      createRequests(made).map((sent) => (sent.name === 'no credentials' ? expecting(sent, outcome, reason) : sent)),
    );
    expect(code).toBe(1);
    expect(text).toContain(`${(requests.length - 1) * 3} of ${requests.length * 3} cells as expected`);
    for (const [name] of frameworks) expect(text).toContain(`${name}: ${fault}`);
    expect(text).toContain('✗ 401 missing-credentials');
  });

  it('serves on until it is stopped, with lines to paste, and leaves nothing behind', async () => {
    const printed: string[] = [];
    let stop = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const whenServing = new Promise<string>((resolve) => {
      const print = (text: string): void => {
        printed.push(text);
        if (text.includes('Serving until')) resolve(printed.join('\n'));
      };
      void runDemo({ once: false, colors: false, print, stopped }).then((code) => printed.push(`exit ${code}`));
    });
    const text = await whenServing;
    const urls = [...text.matchAll(/^\w+ +(http:\S+)$/gm)].map(([, url = '']) => url);
    expect(urls).toHaveLength(3);
    for (const url of urls) expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(text.match(/^curl -i /gm)).toHaveLength(byHand.length);

    stop();
    await expect.poll(() => printed.at(-1)).toBe('exit 0');
    for (const url of urls) await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
  });
});

const expecting = (sent: DemoRequest, outcome: Outcome, reason: string): DemoRequest => ({
  ...sent,
  expected: { outcome, reason },
});

async function run(made?: (credentials: Credentials) => readonly DemoRequest[]) {
  const printed: string[] = [];
  const code = await runDemo({
    once: true,
    colors: false,
    print: (text) => void printed.push(text),
    stopped: new Promise(() => undefined),
    ...(made && { requests: made }),
  });
  return { code, text: printed.join('\n') };
}

describe('a cell', () => {
  const expected = { outcome: '401 invalid-token', reason: 'expired' } as const;
  const events = [{ reason: 'expired' }] as unknown as Observed['events'];
  const observed: Observed = {
    received: { outcome: '401 invalid-token', challenged: true, ms: 1 },
    events,
    handlerRuns: 0,
  };

  it('has no fault where all is as expected', () => {
    expect(findFaults(expected, observed)).toEqual([]);
  });

  it('is at fault where the handler ran on a refusal', () => {
    expect(findFaults(expected, { ...observed, handlerRuns: 1 })).toEqual(['the handler ran']);
  });

  it('is at fault where a 401 has no challenge (RFC 9110 §15.5.2)', () => {
    const received = { ...observed.received, challenged: false };
    expect(findFaults(expected, { ...observed, received })).toEqual(['401 without a challenge']);
  });

  it('is at fault where the attempt left no event, or two', () => {
    expect(findFaults(expected, { ...observed, events: [] })).toContain('0 audit events instead of 1');
    expect(findFaults(expected, { ...observed, events: [...events, ...events] })).toContain(
      '2 audit events instead of 1',
    );
  });

  it('is at fault where the handler did not run on a pass', () => {
    const received = { outcome: '200', challenged: false, ms: 1 };
    const passed = { received, events: [{ reason: 'ok' }] as unknown as Observed['events'], handlerRuns: 0 };
    expect(findFaults({ outcome: '200', reason: 'ok' }, passed)).toEqual(['the handler ran 0 times']);
  });
});

describe('what is typed and shown', () => {
  it('knows --once and nothing else', () => {
    expect(parseArguments([])).toEqual({ once: false });
    expect(parseArguments(['--once'])).toEqual({ once: true });
    expect(parseArguments(['--once', 'x'])).toBeUndefined();
    expect(parseArguments(['--help'])).toBeUndefined();
  });

  it('names requests that are there for the lines to paste', () => {
    expect(requests.map(({ name }) => name)).toEqual(expect.arrayContaining([...byHand]));
  });

  it('quotes for the shell', () => {
    const sent = { method: 'POST', path: '/a?b=1', headers: [['X', "it's"]] } as const;
    expect(formatCurl('http://h', { ...sent, name: '', expected: { outcome: '200', reason: 'ok' } })).toBe(
      `curl -i -X POST -H 'X: it'\\''s' 'http://h/a?b=1'`,
    );
  });

  it('colours only a terminal, and only where colours are welcome', () => {
    expect(createPaint(true).good('x')).toBe('\u001b[32mx\u001b[39m');
    expect(createPaint(false).good('x')).toBe('x');
    expect(wantsColors({ isTTY: true }, {})).toBe(true);
    expect(wantsColors({}, {})).toBe(false);
    expect(wantsColors({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColors({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  });
});
