import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { isPromise } from '../../src/base/awaitable.js';
import { createRemoteKeys } from '../../src/keys/remote-jwks.js';
import { createTestClock } from '../../src/testing.js';
import {
  keysOf,
  serveDocuments,
  silence,
  status,
  text,
  type Answer,
  type DocumentServer,
} from '../fixtures/documents.js';
import { linesOf, refused, startOfTests } from '../fixtures/guard.js';
import { keyBench, remoteOptions, tokenOf, type KeyBench } from '../fixtures/remote-keys.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../fixtures/tokens.js';

let server: DocumentServer;
let first: Signer;
let second: Signer;
beforeAll(async () => {
  [first, second] = await Promise.all([makeSigner('ES256', 'first'), makeSigner('ES256', 'second')]);
});
beforeEach(async () => {
  server = await serveDocuments();
  server.serve(keysOf(first));
});
afterEach(() => {
  vi.useRealTimers();
  return server.close();
});

const benchWith = (keySet: object = {}): KeyBench => keyBench(remoteOptions(server.url(), keySet));

describe('a cold start', () => {
  it('costs one fetch for a thousand requests (jwks-coalesced)', async () => {
    const { decideToken } = benchWith();
    const token = await tokenOf(first);
    const decisions = await Promise.all(Array.from({ length: 1000 }, async () => decideToken(token)));
    expect(decisions.every(({ kind }) => kind === 'allow')).toBe(true);
    expect(server.fetches()).toBe(1);
  }, 30_000);

  it('fetches ahead in ready(), so that the first request need not wait', async () => {
    const { auth, decideToken } = benchWith();
    await auth.ready();
    expect(decideToken(await tokenOf(first))).toMatchObject({ kind: 'allow' });
    await auth.ready();
    expect(server.fetches()).toBe(1);
  });

  it('lets ready() pass during an outage, which the operator is told of, and serves when the issuer is back', async () => {
    server.serve(status(500));
    const { auth, clock, errors, reasonOf } = benchWith();
    await auth.ready();
    expect(errors).toMatchObject([{ failure: { reason: 'jwks-unavailable' }, message: /127\.0\.0\.1.*status 500/s }]);
    expect(await reasonOf(await tokenOf(first))).toBe('jwks-unavailable');
    server.serve(keysOf(first));
    clock.advance(1);
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
    expect(server.fetches()).toBe(2);
  });

  it('lets ready() pass where a pause of the process takes all of its time at once', async () => {
    const asked = new Promise<void>((resolve) => server.serve(() => resolve()));
    const { auth, errors } = benchWith();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ready = auth.ready();
    await asked;
    // The limit of the fetch and that of whoever waits are over in one turn.
    vi.advanceTimersByTime(1000 * 1000);
    await ready;
    expect(errors).toMatchObject([{ failure: { reason: 'jwks-unavailable' } }]);
  });

  it('lets ready() be called off, which leaves the fetch to those who still wait', async () => {
    let answer = (): void => undefined;
    server.serve((_req, res) => (answer = () => void res.end(JSON.stringify(keysOf(first)))));
    const { auth, decideToken } = benchWith();
    const leaving = new AbortController();
    const ready = auth.ready({ signal: leaving.signal });
    const waiting = decideToken(await tokenOf(first));
    await server.asked(1);
    leaving.abort(new Error('gone'));
    await expect(ready).rejects.toThrow('gone');
    answer();
    expect((await waiting).kind).toBe('allow');
    expect(server.fetches()).toBe(1);
  });

  it.each([
    ['status 500 (jwks-cold-500)', status(500)],
    ['status 404', status(404)],
    ['status 204', status(204)],
    ['a redirect to another origin (jwks-redirect)', status(302, { location: 'https://elsewhere.example/jwks' })],
    ['a redirect to itself', status(307, { location: '/jwks' })],
    ['HTML (jwks-not-json)', text('<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' })],
    ['nothing', text('')],
    ['JSON without keys', { issuer }],
    ['keys that are no list', { keys: {} }],
    ['a list', text('[]')],
    ['an empty set', { keys: [] }],
    ['101 keys (jwks-huge)', { keys: Array.from({ length: 101 }, () => ({ kty: 'x' })) }],
    ['a member that stands twice', text('{"keys":[],"keys":[]}')],
    ['a byte more than 512 kB', text(`{"keys":[{"kty":"x"}]}${' '.repeat(512 * 1024 - 21)}`)],
  ])('is refused with 503, and asks no second time for a second, where the issuer answers %s', async (_, script) => {
    server.serve(script);
    const { decideToken, events, clock, errors } = benchWith();
    const token = await tokenOf(first);
    const decision = refused(await decideToken(token));
    expect(decision).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(linesOf(decision, 'retry-after')).toEqual(['1']);
    expect(linesOf(decision, 'www-authenticate')).toEqual([]);
    expect(events).toMatchObject([{ outcome: 'error', reason: 'jwks-unavailable' }]);
    expect(errors).toMatchObject([{ message: expect.stringContaining(issuer), cause: expect.any(Error) as Error }]);
    expect(refused(await decideToken(token)).status).toBe(503);
    expect(server.fetches()).toBe(1);
    server.serve(keysOf(first));
    clock.advance(1);
    expect((await decideToken(token)).kind).toBe('allow');
    expect(server.fetches()).toBe(2);
  });

  it('takes a document of exactly 512 kB, and any content type (jwks-content-type)', async () => {
    const body = JSON.stringify(keysOf(first));
    server.serve(text(body + ' '.repeat(512 * 1024 - body.length), { 'content-type': 'text/plain' }));
    expect(await benchWith().reasonOf(await tokenOf(first))).toBe('ok');
  });

  it.each([
    ['never answers (jwks-cold-timeout)', silence],
    [
      'drips byte by byte without end (jwks-huge)',
      (_req, res) => {
        const drip = setInterval(() => res.write(' '), 1);
        res.on('close', () => clearInterval(drip));
      },
    ],
  ] satisfies [string, Answer][])('is refused with 503 after the time limit where the issuer %s', async (_, script) => {
    server.serve(script);
    const { decideToken, errors } = benchWith({ timeoutSeconds: 0.05 });
    expect(refused(await decideToken(await tokenOf(first)))).toMatchObject({
      status: 503,
      code: 'dependency-unavailable',
    });
    expect(errors).toMatchObject([{ message: /no answer within 0\.05 seconds/ }]);
  });

  it('waits longer from try to try, up to half a minute, and less by chance, so that servers do not try in step', async () => {
    server.serve(status(500));
    const { reasonOf, clock } = benchWith();
    const token = await tokenOf(first);
    expect(await reasonOf(token)).toBe('jwks-unavailable');
    for (const longest of [1, 2, 4, 8, 16, 30, 30]) {
      const before = server.fetches();
      let waited = 0;
      while (server.fetches() === before) {
        clock.advance(0.25);
        waited += 0.25;
        expect(await reasonOf(token)).toBe('jwks-unavailable');
      }
      expect(waited).toBeGreaterThan(longest / 2 - 0.01);
      expect(waited).toBeLessThanOrEqual(longest);
    }
  });

  it('waits less by chance, so that servers do not try in step', async () => {
    const triesWith = async (random: number): Promise<number> => {
      let tries = 0;
      const clock = createTestClock(startOfTests);
      const keys = createRemoteKeys({
        issuer,
        load: async () => Promise.reject(new Error(`try ${++tries}`)),
        random: () => Uint8Array.of(random),
        timeoutSeconds: 60,
        maxKeys: 1,
        maxAgeSeconds: 600,
        maxStaleSeconds: 600,
      });
      const find = async () => keys.find({ source: issuer, algorithm: 'ES256' }, { clock });
      await expect(find()).rejects.toMatchObject({ cause: { message: 'try 1' } });
      clock.advance(0.6);
      await expect(find()).rejects.toMatchObject({ name: 'DependencyError' });
      return tries;
    };
    expect([await triesWith(0), await triesWith(255)]).toEqual([1, 2]);
  });

  it('ends the waiting of a caller who leaves, and nobody else’s', async () => {
    let answer = (): void => undefined;
    server.serve((_req, res) => (answer = () => res.end(JSON.stringify(keysOf(first)))));
    const { decideToken } = benchWith();
    const token = await tokenOf(first);
    const leaving = new AbortController();
    const left = decideToken(token, leaving.signal);
    const stays = decideToken(token);
    await server.asked(1);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    answer();
    expect((await stays).kind).toBe('allow');
    expect(server.fetches()).toBe(1);
  });

  it('is ended by close(), at once and for everybody', async () => {
    server.serve(silence);
    const { auth, decideToken } = benchWith();
    const waiting = decideToken(await tokenOf(first));
    await server.asked(1);
    await auth.close();
    expect(refused(await waiting).status).toBe(503);
  });
});

describe('an outage while keys are known', () => {
  it('lets known keys serve up to maxStaleSeconds after the last good answer (jwks-warm-outage, jwks-stale-over)', async () => {
    const { auth, clock, reasonOf, errors } = benchWith({ maxAgeSeconds: 600, maxStaleSeconds: 3600 });
    await auth.ready();
    server.serve(status(503));
    const token = await tokenOf(first);
    clock.advance(600);
    expect(await reasonOf(token)).toBe('ok');
    expect(errors).toMatchObject([{ message: /status 503/ }]);
    clock.advance(2999);
    expect(await reasonOf(token)).toBe('ok');
    // Told once, not with each try.
    expect(errors).toHaveLength(1);
    clock.advance(1);
    expect(await reasonOf(token)).toBe('jwks-unavailable');
  });

  it('refuses an unknown key with 503, never with 401: nobody can say that it is not known', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(status(503));
    const token = await tokenOf(second);
    expect([await reasonOf(token), await reasonOf(token)]).toEqual(['jwks-unavailable', 'jwks-unavailable']);
    expect(server.fetches()).toBe(2);
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
    server.serve(keysOf(first, second));
    clock.advance(4);
    expect(await reasonOf(token)).toBe('ok');
  });

  it('waits for nothing where the issuer is silent and the outage is known', async () => {
    let silent = false;
    const { auth, clock, reasonOf, decideToken } = keyBench({
      ...remoteOptions(server.url(), { timeoutSeconds: 0.5 }),
      fetch: (url, init) => (silent ? new Promise(() => undefined) : globalThis.fetch(url, init)),
    });
    while ((await auth.ready(), await reasonOf(await tokenOf(first))) !== 'ok') clock.advance(30);
    silent = true;
    const token = await tokenOf(first);
    clock.advance(600);
    expect(await reasonOf(token)).toBe('ok');
    clock.advance(20);
    // At once, not after the time limit: no promise is there to wait for.
    expect(decideToken(token)).toMatchObject({ kind: 'allow' });
  });

  it.each([
    ['an empty set (jwks-empty-set)', { keys: [] }],
    ['HTML (jwks-not-json)', text('<p>down for maintenance')],
    ['too many keys', { keys: Array.from({ length: 101 }, () => ({ kty: 'x' })) }],
    ['a redirect', status(301, { location: '/elsewhere' })],
  ])('is also %s: known keys are kept', async (_, script) => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(script);
    clock.advance(700);
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
    expect(server.fetches()).toBe(2);
  });
});

describe('rotation', () => {
  it('takes a new key with one more fetch, and without making a request fail (jwks-rotation)', async () => {
    const { auth, clock, decideToken } = benchWith();
    await auth.ready();
    server.serve(keysOf(first, second));
    clock.advance(1);
    const token = await tokenOf(second);
    const decisions = await Promise.all(Array.from({ length: 50 }, async () => decideToken(token)));
    expect(decisions.every(({ kind }) => kind === 'allow')).toBe(true);
    expect(server.fetches()).toBe(2);
  });

  it('takes a new key of tokens without kid, where no known key fits', async () => {
    const eddsa = await makeSigner('EdDSA', 'ed');
    const { auth, reasonOf } = benchWith();
    await auth.ready();
    server.serve(keysOf(first, eddsa));
    const token = await tokenOf(eddsa, { kid: undefined });
    expect(await reasonOf(token)).toBe('ok');
    expect(server.fetches()).toBe(2);
  });

  it('stops a key that was withdrawn within maxAgeSeconds of the last good answer (jwks-key-removed)', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(keysOf(second));
    const token = await tokenOf(first);
    clock.advance(479);
    expect(await reasonOf(token)).toBe('ok');
    expect(server.fetches()).toBe(1);
    clock.advance(121);
    expect(await reasonOf(token)).toBe('unknown-key');
    expect(server.fetches()).toBe(2);
  });

  it('stops it also where nobody asked for an hour', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(keysOf(second));
    clock.advance(3600);
    expect(await reasonOf(await tokenOf(first))).toBe('unknown-key');
  });

  it('stops it also where the clock was set back', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(keysOf(second));
    const token = await first.sign(claimsOf({ iat: startOfTests - 90_000, exp: startOfTests + 9e5 }));
    clock.advance(-86_400);
    expect(await reasonOf(token)).toBe('ok');
    clock.advance(600);
    expect(await reasonOf(token)).toBe('unknown-key');
  });

  it('stops it also where a fetch had failed in between, long ago', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(status(500));
    expect(await reasonOf(await tokenOf(second))).toBe('jwks-unavailable');
    server.serve(keysOf(second));
    clock.advance(3600);
    expect(await reasonOf(await tokenOf(first))).toBe('unknown-key');
  });

  it('tries again behind the requests that known keys serve, until the issuer is back', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    server.serve(status(500));
    expect(await reasonOf(await tokenOf(second))).toBe('jwks-unavailable');
    server.serve(keysOf(first, second));
    clock.advance(1);
    expect(await reasonOf(await tokenOf(first))).toBe('ok');
    await server.asked(3);
    expect(await reasonOf(await tokenOf(second))).toBe('ok');
    expect(server.fetches()).toBe(3);
  });

  it('fetches anew before the keys are old, while they serve, so that nobody waits', async () => {
    const { auth, clock, decideToken } = benchWith();
    await auth.ready();
    const token = await tokenOf(first);
    clock.advance(480);
    expect(decideToken(token)).toMatchObject({ kind: 'allow' });
    await server.asked(2);
    expect(decideToken(token)).toMatchObject({ kind: 'allow' });
    expect(server.fetches()).toBe(2);
  });
});

describe('unknown keyids', () => {
  it('cost at most one fetch in four seconds, however many are invented, and none waits (jwks-kid-flood)', async () => {
    const { auth, clock, decideToken, events } = benchWith();
    await auth.ready();
    const [header, claims, signature] = (await tokenOf(first)).split('.') as [string, string, string];
    const known = Buffer.from(header, 'base64url').toString();
    let waited = 0;
    for (let i = 0; i < 10_000; i++) {
      const invented = Buffer.from(known.replace('"first"', `"${Math.random()}"`)).toString('base64url');
      const decision = decideToken(`${invented}.${claims}.${signature}`);
      if (isPromise(decision)) waited++;
      await decision;
      clock.advance(0.001);
    }
    expect(events.filter(({ reason }) => reason === 'unknown-key')).toHaveLength(10_000);
    expect(waited).toBe(3);
    // Prewarmed once; then at 0, 4 and 8 of ten seconds.
    expect(server.fetches()).toBe(4);
  }, 60_000);

  it('do not keep a rotated key from being seen within 5 seconds (jwks-rotation-during-flood)', async () => {
    const { auth, clock, reasonOf } = benchWith();
    await auth.ready();
    const invented = (): Promise<string> => tokenOf(first, { kid: String(Math.random()) });
    expect(await reasonOf(await invented())).toBe('unknown-key');
    server.serve(keysOf(first, second));
    const token = await tokenOf(second);
    const seen: string[] = [];
    for (let i = 0; i < 10; i++) {
      clock.advance(0.5);
      seen.push(await reasonOf(await invented()), await reasonOf(token));
    }
    expect(seen.slice(0, 14)).toEqual(Array.from({ length: 14 }, () => 'unknown-key'));
    expect(seen.at(-1)).toBe('ok');
    expect(server.fetches()).toBe(3);
  });

  it('wait a fifth of the time limit at most where the issuer is silent', async () => {
    const { auth, reasonOf, errors } = benchWith({ timeoutSeconds: 5 });
    await auth.ready();
    server.serve(silence);
    const started = performance.now();
    expect(await reasonOf(await tokenOf(second))).toBe('jwks-unavailable');
    // The whole limit would be five seconds: a slow machine makes this later, never earlier.
    expect(errors).toMatchObject([{ message: /no answer yet/ }]);
    expect(performance.now() - started).toBeGreaterThan(900);
    await auth.close();
  });

  it('are never asked for of a key that is known, whatever the token says besides', async () => {
    const { auth, reasonOf } = benchWith();
    await auth.ready();
    const other = await makeSigner('RS256', 'first');
    expect(await reasonOf(await tokenOf(other))).toBe('alg-key-mismatch');
    expect(server.fetches()).toBe(1);
  });
});

describe('close', () => {
  it('is told to nobody as an error', async () => {
    server.serve(silence);
    const { auth, errors } = benchWith();
    const ready = auth.ready();
    await server.asked(1);
    await auth.close();
    await ready;
    expect(errors).toEqual([]);
  });
});
