import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { serveDocuments, silence, status, text, type DocumentServer } from '../../fixtures/documents.js';
import { allowed, linesOf, refused, startOfTests } from '../../fixtures/guard.js';
import { answersFor, goodAnswer, introspectionBench, optionsFor } from '../../fixtures/introspection.js';

let server: DocumentServer;
beforeEach(async () => {
  server = await serveDocuments();
});
afterEach(() => server.close());
const benchFor = (change: object = {}) => introspectionBench(optionsFor(server.url('/introspect'), change));
const serve = (script: Parameters<DocumentServer['serve']>[0]): void => server.serve(script, '/introspect');

describe('an introspection endpoint that misbehaves', () => {
  it.each([
    ['500', status(500)],
    ['a redirect', status(307, { location: '/introspect' })],
    ['HTML', text('<html>', { 'content-type': 'text/html' })],
    ['a megabyte', text(JSON.stringify(goodAnswer()) + ' '.repeat(2 ** 20))],
    ['nothing', status(204)],
    ['a body that is cut off', (_req: unknown, res: { destroy: () => void }) => res.destroy()],
  ])('%s is a 503 with Retry-After, and never blames the caller (intro-outage)', async (_, script) => {
    serve(script);
    const { decideToken, events, errors } = benchFor();
    const decision = refused(await decideToken('token'));
    expect([decision.status, linesOf(decision, 'retry-after'), linesOf(decision, 'www-authenticate')]).toEqual([
      503,
      ['5'],
      [],
    ]);
    expect(events.at(-1)).toMatchObject({ outcome: 'error', reason: 'introspection-unavailable' });
    expect(String(errors[0])).not.toMatch(/token|a secret/);
  });

  it('that never answers costs no more than its time', async () => {
    serve(silence);
    expect(await benchFor({ timeoutSeconds: 0.05 }).reasonOf('token')).toBe('introspection-unavailable');
  });

  it('that cannot be reached is one too', async () => {
    await server.close();
    expect(await benchFor().reasonOf('token')).toBe('introspection-unavailable');
  });

  it.each([401, 403])('that refuses our own credentials with %s is our fault, and tells once', async (code) => {
    serve(status(code));
    const { decideToken, reasonOf, events, alerts } = benchFor();
    expect(refused(await decideToken('token')).status).toBe(503);
    expect(await reasonOf('other')).toBe('introspection-unauthorized');
    expect(events[0]).toMatchObject({ outcome: 'error', reason: 'introspection-unauthorized' });
    expect(alerts).toMatchObject([{ reason: 'introspection-unauthorized', scheme: 'opaque' }]);
  });

  it('is not asked any more after five failures, and again when the pause is over', async () => {
    serve(status(500));
    const { reasonOf, decideToken, clock } = benchFor();
    for (let i = 0; i < 20; i++) expect(await reasonOf(`token-${i}`)).toBe('introspection-unavailable');
    expect(server.fetches()).toBe(5);
    serve(goodAnswer());
    expect(linesOf(refused(await decideToken('token')), 'retry-after')).toEqual(['1']);
    clock.advance(1);
    expect(await reasonOf('token')).toBe('ok');
  });

  it('that takes no token of this kind is well: whoever sends such tokens keeps nobody else out (RFC 7009 §2.2.1)', async () => {
    const refuse = (error: string) => (_req: unknown, res: ServerResponse) =>
      void res.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    serve(refuse('unsupported_token_type'));
    const { reasonOf } = benchFor();
    for (let i = 0; i < 10; i++) expect(await reasonOf(`jwt-${i}`)).toBe('inactive');
    serve(goodAnswer());
    expect(await reasonOf('token')).toBe('ok');
    serve(refuse('invalid_request'));
    expect(await reasonOf('other')).toBe('introspection-unavailable');
  });

  it('pauses longer each time, and not at all after a good answer', async () => {
    serve(status(500));
    const { reasonOf, clock } = benchFor({ cacheSeconds: 0 });
    for (let i = 0; i < 5; i++) await reasonOf('token');
    clock.advance(1);
    await reasonOf('token');
    clock.advance(1);
    await reasonOf('token');
    expect(server.fetches()).toBe(6);
    clock.advance(1);
    serve(goodAnswer());
    expect(await reasonOf('token')).toBe('ok');
    serve(status(500));
    for (let i = 0; i < 4; i++) await reasonOf('token');
    serve(goodAnswer());
    expect(await reasonOf('token')).toBe('ok');
  });

  it('keeps nobody out who has an answer already', async () => {
    serve(goodAnswer());
    const { reasonOf } = benchFor();
    expect(await reasonOf('good')).toBe('ok');
    serve(status(500));
    for (let i = 0; i < 10; i++) await reasonOf(`bad-${i}`);
    expect(await reasonOf('good')).toBe('ok');
  });
});

describe('the cache of answers', () => {
  it('asks once for a token, as long as cacheSeconds say (intro-cache)', async () => {
    serve(goodAnswer());
    const { reasonOf, clock } = benchFor({ cacheSeconds: 30 });
    for (let i = 0; i < 100; i++) expect(await reasonOf('token')).toBe('ok');
    clock.advance(29);
    await reasonOf('token');
    expect(server.fetches()).toBe(1);
    clock.advance(1);
    serve({ active: false });
    expect(await reasonOf('token')).toBe('inactive');
  });

  it('gives nobody an answer that a handler has changed', async () => {
    serve(goodAnswer({ extra: { roles: ['reader'] } }));
    const { decideToken } = benchFor();
    const claimsOf = async () =>
      allowed(await decideToken('token')).principal!.claims as { extra: { roles: string[] } };
    const claims = await claimsOf();
    expect(() => claims.extra.roles.push('admin')).toThrow(TypeError);
    expect(() => Object.assign(claims, { scope: 'admin' })).toThrow(TypeError);
    expect((await claimsOf()).extra.roles).toEqual(['reader']);
  });

  it('keeps an answer no longer than its token is good', async () => {
    serve(goodAnswer({ exp: startOfTests + 10 }));
    const { reasonOf, clock } = benchFor({ cacheSeconds: 300 });
    await reasonOf('token');
    clock.advance(10);
    await reasonOf('token');
    expect(server.fetches()).toBe(2);
  });

  it('does not keep an answer alive by a clock that was set back', async () => {
    serve(goodAnswer());
    const { reasonOf, clock } = benchFor();
    await reasonOf('token');
    clock.advance(-100);
    await reasonOf('token');
    expect(server.fetches()).toBe(2);
  });

  it('keeps what is not active for five seconds alone', async () => {
    serve({ active: false });
    const { reasonOf, clock } = benchFor({ cacheSeconds: 300 });
    await reasonOf('token');
    clock.advance(4.9);
    await reasonOf('token');
    expect(server.fetches()).toBe(1);
    serve(goodAnswer());
    clock.advance(0.1);
    expect(await reasonOf('token')).toBe('ok');
  });

  it('keeps nothing where cacheSeconds is 0', async () => {
    serve(goodAnswer());
    const { reasonOf } = benchFor({ cacheSeconds: 0 });
    await reasonOf('token');
    await reasonOf('token');
    expect(server.fetches()).toBe(2);
  });

  it('asks once for all who bring one token at the same time (intro-concurrent)', async () => {
    const { answer } = answersFor(() => goodAnswer());
    serve(answer);
    const { decideToken } = benchFor();
    const decisions = await Promise.all(Array.from({ length: 50 }, async () => decideToken('token')));
    expect(decisions.map((decision) => allowed(decision).principal?.subject)).toEqual(
      Array.from({ length: 50 }, () => 'ann'),
    );
    expect(server.fetches()).toBe(1);
  });

  it('goes on for the others when one of them leaves', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    serve(
      (_req: unknown, res: { end: (body: string) => void }) =>
        void held.then(() => res.end(JSON.stringify(goodAnswer()))),
    );
    const { decideToken } = benchFor();
    const leaving = new AbortController();
    const gone = Promise.resolve(decideToken('token', leaving.signal)).catch((error: unknown) => error);
    const stays = decideToken('token');
    await server.asked(1);
    leaving.abort(new Error('gone'));
    expect(await gone).toMatchObject({ message: 'gone' });
    release();
    expect(allowed(await stays).principal?.subject).toBe('ann');
    expect(server.fetches()).toBe(1);
  });

  it('is one for each scheme: what one server says of a token is nothing to another (intro-cache-key)', async () => {
    serve(goodAnswer());
    server.serve({ active: false }, '/other');
    const first = benchFor();
    const second = introspectionBench(optionsFor(server.url('/other')));
    expect(await first.reasonOf('token')).toBe('ok');
    expect(await second.reasonOf('token')).toBe('inactive');
  });

  it('holds a flood of invented tokens to so many questions at a time, and loses no good answer by it (intro-negative-flood)', async () => {
    let inFlight = 0;
    let most = 0;
    const { answer } = answersFor((token) => (token === 'good' ? goodAnswer() : { active: false }));
    serve((req, res) => {
      most = Math.max(most, ++inFlight);
      res.on('close', () => inFlight--);
      answer(req, res);
    });
    const { decideToken, reasonOf } = benchFor();
    expect(await reasonOf('good')).toBe('ok');
    const flood = await Promise.all(Array.from({ length: 3000 }, async (_, i) => decideToken(`invented-${i}`)));
    expect(new Set(flood.map((decision) => refused(decision).code))).toEqual(new Set(['invalid-token']));
    expect(most).toBeLessThanOrEqual(64);
    const before = server.fetches();
    expect(await reasonOf('good')).toBe('ok');
    expect(await reasonOf('invented-2999')).toBe('inactive');
    expect(server.fetches()).toBe(before);
  }, 60_000);

  it('refuses with 503 who comes when too many wait, and asks nobody for them', async () => {
    serve(silence);
    const { decideToken, auth } = benchFor();
    const flood = Array.from({ length: 64 + 4096 }, (_, i) => Promise.resolve(decideToken(`invented-${i}`)));
    expect(refused(await decideToken('one-more')).status).toBe(503);
    await auth.close();
    expect(new Set((await Promise.all(flood)).map((decision) => refused(decision).status))).toEqual(new Set([503]));
    expect(server.fetches()).toBeLessThanOrEqual(64);
  }, 60_000);
});
