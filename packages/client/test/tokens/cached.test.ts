import { describe, expect, it } from 'vitest';

import { authorizations, createBench, failureOf, grant } from '../fixtures/client.js';
import { json } from '../fixtures/server.js';

const callsOf = (count: number, call: () => Promise<Response>): Promise<readonly number[]> =>
  Promise.all(Array.from({ length: count }, call)).then((all) => all.map(({ status }) => status));

/** An answer that comes when it is let go. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a token that is asked for', () => {
  it('cli-cc-first: is asked for by the first call, and sent as a Bearer token (RFC 6749 §4.4)', async () => {
    const { api, issuer, client } = await createBench();
    const response = await client.fetch('/orders');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('ok');
    expect(issuer.seen).toHaveLength(1);
    expect(authorizations(api)).toEqual(['Bearer token-1']);
    expect(client.findReport(response)).toEqual({ attempts: 1, neededScopes: [] });
  });

  it('cli-cc-cached: is used by 100 calls in sequence', async () => {
    const { api, issuer, client } = await createBench();
    for (let i = 0; i < 100; i++) expect((await client.fetch('/')).status).toBe(200);
    expect(issuer.seen).toHaveLength(1);
    expect(new Set(authorizations(api))).toEqual(new Set(['Bearer token-1']));
  });

  it('cli-stampede: is asked for once by 1000 concurrent cold calls', async () => {
    const { api, issuer, client } = await createBench();
    expect(await callsOf(1000, () => client.fetch('/'))).toEqual(Array(1000).fill(200));
    expect(issuer.seen).toHaveLength(1);
    expect(api.seen).toHaveLength(1000);
  });

  it('cli-expired-concurrent: is asked for once by 100 concurrent calls after its end, and all wait', async () => {
    const { api, issuer, client, clock } = await createBench();
    await client.fetch('/');
    clock.advance(1000);
    expect(await callsOf(100, () => client.fetch('/'))).toEqual(Array(100).fill(200));
    expect(issuer.seen).toHaveLength(2);
    expect(new Set(authorizations(api).slice(1))).toEqual(new Set(['Bearer token-2']));
  });
});

describe('cli-refresh-ahead: a token near its end', () => {
  it.each([
    ['is left alone before the last tenth of its life', 899, 1],
    ['is renewed at the moment that was drawn within it', 913, 2],
  ])('%s', async (_title, seconds, requests) => {
    const { issuer, client, clock } = await createBench();
    await client.fetch('/');
    clock.advance(seconds);
    await client.fetch('/');
    if (requests === 2) await issuer.arrived(2);
    await client.fetch('/');
    expect(issuer.seen).toHaveLength(requests);
  });

  it('is used by 100 concurrent calls while one request in the background renews it', async () => {
    const { opened, open } = gate();
    const { api, issuer, client, clock } = await createBench({
      issuer: async (_seen, index) => {
        if (index === 1) await opened;
        return grant(index);
      },
    });
    await client.fetch('/');
    clock.advance(950);
    expect(await callsOf(100, () => client.fetch('/'))).toEqual(Array(100).fill(200));
    expect(new Set(authorizations(api))).toEqual(new Set(['Bearer token-1']));
    expect(issuer.seen).toHaveLength(2);
    open();
    await expect
      .poll(async () => {
        await client.fetch('/');
        return authorizations(api).at(-1);
      })
      .toBe('Bearer token-2');
    expect(issuer.seen).toHaveLength(2);
  });

  it('is renewed at another moment by each member of a fleet', async () => {
    const draw = async (byte: number): Promise<number> => {
      const bench = await createBench({ options: { random: (length) => new Uint8Array(length).fill(byte) } });
      await bench.client.fetch('/');
      for (let second = 0; second < 1000; second += 5) {
        bench.clock.advance(5);
        await bench.client.fetch('/');
        if (bench.events.filter(({ kind }) => kind === 'token-request').length > 1) return second;
      }
      return Number.NaN;
    };
    const [early, late] = [await draw(0), await draw(0xff)];
    expect(early).toBeGreaterThanOrEqual(895);
    expect(late).toBeGreaterThan(early);
    expect(late).toBeLessThan(935);
  });
});

describe('cli-token-stale-ok: a token whose renewal fails', () => {
  it('is used to its end, and the issuer is not asked by every call', async () => {
    const { api, issuer, client, clock } = await createBench({
      issuer: (_seen, index) => (index === 0 ? grant(0) : json({ error: 'server_error' }, 500)),
    });
    await client.fetch('/');
    clock.advance(950);
    for (let i = 0; i < 20; i++) expect((await client.fetch('/')).status).toBe(200);
    clock.advance(49);
    expect((await client.fetch('/')).status).toBe(200);
    expect(new Set(authorizations(api))).toEqual(new Set(['Bearer token-1']));
    expect(issuer.seen.length).toBeLessThanOrEqual(3);
    clock.advance(1);
    expect((await failureOf(client.fetch('/'))).code).toBe('token-endpoint');
  });
});

describe('a caller who leaves', () => {
  it('cli-caller-abort: fails alone; the request goes on, and the nine others are served', async () => {
    const { opened, open } = gate();
    const { issuer, client } = await createBench({
      issuer: async (_seen, index) => {
        await opened;
        return grant(index);
      },
    });
    const controller = new AbortController();
    const left = failureOf(client.fetch('/', { signal: controller.signal }));
    const others = callsOf(9, () => client.fetch('/'));
    await issuer.arrived(1);
    controller.abort();
    const error = await left;
    expect(error.code).toBe('aborted');
    expect(error.cause).toBe(controller.signal.reason);
    open();
    expect(await others).toEqual(Array(9).fill(200));
    expect(issuer.seen).toHaveLength(1);
  });

  it('cli-all-abort: leaves the request to finish for the cache, where the next call finds the token', async () => {
    const { opened, open } = gate();
    const { api, issuer, client, events } = await createBench({
      issuer: async (_seen, index) => {
        await opened;
        return grant(index);
      },
    });
    const controller = new AbortController();
    const calls = Array.from({ length: 10 }, () => failureOf(client.fetch('/', { signal: controller.signal })));
    await issuer.arrived(1);
    controller.abort();
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(Array(10).fill('aborted'));
    open();
    await expect.poll(() => events.map(({ kind }) => kind)).toEqual(['token-request']);
    expect((await client.fetch('/')).status).toBe(200);
    expect([issuer.seen.length, api.seen.length]).toEqual([1, 1]);
  });

  it('sends nothing at all where it had left before', async () => {
    const { api, issuer, client } = await createBench();
    expect((await failureOf(client.fetch('/', { signal: AbortSignal.abort() }))).code).toBe('aborted');
    expect([issuer.seen.length, api.seen.length]).toEqual([0, 0]);
  });
});

describe('cli-token-500: an issuer that fails', () => {
  it('is asked a few times in a minute of 1000 calls, and is asked again when it is back', async () => {
    let up = false;
    const { api, issuer, client, clock } = await createBench({
      issuer: (_seen, index) => (up ? grant(index) : json({ error: 'server_error' }, 500)),
    });
    const codes = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      codes.add((await failureOf(client.fetch('/'))).code);
      clock.advance(0.06);
    }
    expect(codes).toEqual(new Set(['token-endpoint']));
    expect(issuer.seen.length).toBeGreaterThan(2);
    expect(issuer.seen.length).toBeLessThan(8);
    expect(api.seen).toHaveLength(0);
    up = true;
    clock.advance(90);
    expect((await client.fetch('/')).status).toBe(200);
  });

  it('is asked once by 1000 concurrent calls', async () => {
    const { issuer, client } = await createBench({ issuer: () => json({}, 500) });
    const errors = await Promise.all(Array.from({ length: 1000 }, () => failureOf(client.fetch('/'))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['token-endpoint']));
    expect(issuer.seen).toHaveLength(1);
  });

  it('is not asked before the time that it named (RFC 9110 §10.2.3)', async () => {
    const { issuer, client, clock } = await createBench({
      issuer: () => ({ status: 503, headers: { 'retry-after': '120' } }),
    });
    expect(await failureOf(client.fetch('/'))).toMatchObject({ code: 'token-endpoint', retryAfterSeconds: 120 });
    clock.advance(119);
    await failureOf(client.fetch('/'));
    expect(issuer.seen).toHaveLength(1);
    clock.advance(1);
    await failureOf(client.fetch('/'));
    expect(issuer.seen).toHaveLength(2);
  });

  it('waits no longer after one failure for having failed before it was back', async () => {
    let up = false;
    const { issuer, client, clock } = await createBench({
      issuer: (_seen, index) => (up ? grant(index, { expires_in: 1 }) : json({}, 500)),
    });
    for (let i = 0; i < 6; i++) {
      await failureOf(client.fetch('/'));
      clock.advance(100);
    }
    up = true;
    expect((await client.fetch('/')).status).toBe(200);
    up = false;
    clock.advance(1);
    await failureOf(client.fetch('/'));
    const before = issuer.seen.length;
    clock.advance(1.5);
    await failureOf(client.fetch('/'));
    expect(issuer.seen).toHaveLength(before + 1);
  });
});
