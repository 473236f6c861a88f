import { describe, expect, it } from 'vitest';

import { createAuth, isConfigurationError, type AttemptEvent, type Decision } from '../../../src/index.js';
import { session, type SessionOptions, type SessionScheme, type SessionStore } from '../../../src/oidc.js';
import { createTestClock, type TestClock } from '../../../src/testing.js';
import { sends } from '../../fixtures/request.js';

const secretBase64 = 'kQ0m8r7Xo2c1b6vT9yZ4aL5nPq3sWdEfGhJiKlMuOxA=';
const person = { issuer: 'https://issuer.example', subject: 'ann', sid: 's-1', roles: ['reader'] };
const nobody = sends({});

interface Bench {
  readonly clock: TestClock;
  readonly sessions: SessionScheme;
  readonly errors: unknown[];
  readonly ask: (cookie: string) => Promise<{ readonly decision: Decision; readonly reason: string }>;
}

function bench(options: Partial<SessionOptions> = {}): Bench {
  const clock = createTestClock(1_700_000_000);
  const sessions = session({ secretBase64, clock, ...options });
  const events: AttemptEvent[] = [];
  const errors: unknown[] = [];
  const auth = createAuth({
    schemes: { browser: sessions },
    clock,
    audit: (event) => void (event.kind === 'attempt' && events.push(event)),
    onError: (error) => void errors.push(error),
  });
  return {
    clock,
    sessions,
    errors,
    async ask(cookie) {
      const decision = await auth.check(sends({ cookie: cookieIn(cookie) }), { scheme: 'browser' });
      return { decision: decision as Decision, reason: events.at(-1)!.reason };
    },
  };
}

/** What a browser sends back of a `Set-Cookie` field. */
const cookieIn = (field: string): string => field.slice(0, field.indexOf(';'));
const setCookie = ({ headers }: Decision): string | undefined => headers.find(([name]) => name === 'set-cookie')?.[1];

describe('a session', () => {
  it('is whoever signed in, with the issuer, the roles, and how it was done', async () => {
    const { sessions, ask, clock } = bench();
    const assurance = { acr: 'urn:example:mfa', authenticatedAt: clock.now() - 10 };
    const { decision } = await ask(await sessions.begin({ ...person, assurance, claims: { name: 'Ann' } }, nobody));
    expect(decision).toMatchObject({
      kind: 'allow',
      principal: {
        scheme: 'browser',
        type: 'session',
        issuer: person.issuer,
        subject: 'ann',
        roles: new Set(['reader']),
        claims: { name: 'Ann' },
        assurance,
        issuedAt: clock.now(),
        expiresAt: clock.now() + 43_200,
      },
    });
  });

  it('ends when nobody uses it, and lives on while somebody does, up to its absolute end', async () => {
    const { sessions, ask, clock } = bench({ idleSeconds: 100, absoluteSeconds: 250 });
    let cookie = await sessions.begin(person, nobody);
    expect(cookie).toContain('Max-Age=100;');
    for (const seconds of [90, 90]) {
      clock.advance(seconds);
      const { decision, reason } = await ask(cookie);
      expect(reason).toBe('ok');
      cookie = setCookie(decision)!;
    }
    expect(cookie).toContain('Max-Age=70;');
    clock.advance(69);
    expect((await ask(cookie)).reason).toBe('ok');
    clock.advance(1);
    expect((await ask(cookie)).reason).toBe('session-expired');
    const idle = await sessions.begin(person, nobody);
    clock.advance(100);
    expect((await ask(idle)).reason).toBe('session-expired');
  });

  it('writes its cookie anew once a tenth of the idle time has gone by, not with each answer', async () => {
    const { sessions, ask, clock } = bench({ idleSeconds: 100 });
    const cookie = await sessions.begin(person, nobody);
    clock.advance(9);
    expect(setCookie((await ask(cookie)).decision)).toBeUndefined();
    clock.advance(1);
    expect(setCookie((await ask(cookie)).decision)).toMatch(/^__Host-session=[\w-]+; Max-Age=100;/);
  });

  it('is another with each sign-in, which ends the one before in this browser', async () => {
    const { sessions, ask, clock } = bench();
    const before = await sessions.begin(person, nobody);
    clock.advance(1);
    const after = await sessions.begin(person, sends({ cookie: cookieIn(before) }));
    expect((await ask(before)).reason).toBe('session-ended');
    const { decision, reason } = await ask(after);
    expect(reason).toBe('ok');
    expect(decision.kind === 'allow' && decision.principal!.session).toMatch(/^[\w-]{43}$/);
  });

  it('ends at a logout also for whoever copied its cookie, and the browser forgets it', async () => {
    const { sessions, ask } = bench();
    const cookie = await sessions.begin(person, nobody);
    const removal = await sessions.end(sends({ cookie: cookieIn(cookie) }));
    expect(removal).toMatch(/^__Host-session=; Max-Age=0; Path=\/; Secure;/);
    const { decision, reason } = await ask(cookie);
    expect(reason).toBe('session-ended');
    expect(setCookie(decision)).toBe(removal);
  });

  it('ends with what is in no cookie at all: nothing happens', async () => {
    const { sessions } = bench();
    for (const cookie of ['', '__Host-session=x', 'a=b']) await sessions.end(sends({ cookie }));
    await expect(sessions.end(nobody)).resolves.toContain('Max-Age=0');
  });

  it.each<[string, Parameters<SessionScheme['endAll']>[0], string]>([
    ['the session at the issuer', { issuer: person.issuer, sid: 's-1' }, 'session-ended'],
    ['the subject', { issuer: person.issuer, subject: 'ann' }, 'session-ended'],
    ['another session at the issuer', { issuer: person.issuer, sid: 's-2' }, 'ok'],
    ['a subject of this name at another issuer', { issuer: 'https://other.example', subject: 'ann' }, 'ok'],
    ['a subject that is called as the session', { issuer: person.issuer, subject: 's-1' }, 'ok'],
  ])('where %s ends, is %j: %s', async (_, of, reason) => {
    const { sessions, ask, clock } = bench();
    const cookie = await sessions.begin(person, nobody);
    await sessions.endAll(of);
    expect((await ask(cookie)).reason).toBe(reason);
    clock.advance(1);
    expect((await ask(await sessions.begin(person, nobody))).reason).toBe('ok');
  });

  it('is refused with 503 where nobody can say whether it ended, and none ends without a word (fail closed)', async () => {
    const down: SessionStore = {
      end: () => Promise.reject(new Error('down')),
      endedAt: () => {
        throw new Error('down');
      },
    };
    const { sessions, ask } = bench({ store: down });
    const { decision, reason } = await ask(await sessions.begin(person, nobody));
    expect(decision).toMatchObject({ kind: 'refuse', status: 503, code: 'dependency-unavailable' });
    expect(reason).toBe('session-store-unavailable');
    await expect(sessions.endAll({ issuer: null, subject: 'ann' })).rejects.toMatchObject({
      failure: { reason: 'session-store-unavailable' },
    });
  });

  it('tells the store nothing of anybody: keys are hashes', async () => {
    const keys: string[] = [];
    const { sessions, ask } = bench({
      store: {
        end: ({ key }) => void keys.push(key),
        endedAt: (asked) => void keys.push(...asked),
      },
    });
    const cookie = await sessions.begin(person, nobody);
    await ask(cookie);
    await sessions.end(sends({ cookie: cookieIn(cookie) }));
    expect(keys).toHaveLength(4);
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
  });

  it('holds no more than a cookie can', async () => {
    const { sessions } = bench();
    await expect(sessions.begin({ ...person, claims: { text: 'a'.repeat(3000) } }, nobody)).rejects.toThrow(TypeError);
  });

  it('is not opened by the cookie of another application with the same secret', async () => {
    const other = session({ secretBase64, cookieName: '__Host-other' });
    const value = (await other.begin(person, nobody)).slice('__Host-other='.length);
    expect((await bench().ask(`__Host-session=${value}`)).reason).toBe('session-malformed');
  });

  it('refuses a WebSocket that a page elsewhere opens', async () => {
    const { sessions } = bench();
    const cookie = cookieIn(await sessions.begin(person, nobody));
    const auth = createAuth({ schemes: { browser: sessions } });
    const socket = { cookie, connection: 'Upgrade', upgrade: 'websocket' };
    const decision = await auth.check(sends({ ...socket, origin: 'https://evil.example' }), { scheme: 'browser' });
    expect(decision).toMatchObject({ kind: 'refuse', status: 403 });
  });
});

describe('options of session()', () => {
  it.each<[Record<string, unknown>, string, string]>([
    [{ secretBase64: undefined }, 'secretBase64', 'malformed-secret'],
    [{ secretBase64: 'c2hvcnQ=' }, 'secretBase64', 'weak-secret'],
    [{ secretBase64: [] }, 'secretBase64', 'invalid-option'],
    [{ secretBase64: Array.from({ length: 5 }, () => secretBase64) }, 'secretBase64', 'invalid-option'],
    [{ secretBase64: [secretBase64, 'x'] }, 'secretBase64', 'malformed-secret'],
    [{ cookieName: 'session' }, 'cookieName', 'invalid-option'],
    [{ idleSeconds: 0 }, 'idleSeconds', 'invalid-option'],
    [{ idleSeconds: '60' }, 'idleSeconds', 'invalid-option'],
    [{ absoluteSeconds: 60 }, 'absoluteSeconds', 'invalid-option'],
    [{ absoluteSeconds: Number.POSITIVE_INFINITY }, 'absoluteSeconds', 'invalid-option'],
    [{ realm: 'ü' }, 'realm', 'invalid-option'],
    [{ idelSeconds: 60 }, 'idelSeconds', 'unknown-option'],
  ])('%j are refused at %s: %s, without the secret', (change, path, reason) => {
    const failed = attempt(() => session({ secretBase64, ...change }));
    expect(isConfigurationError(failed) && failed.faults.map((fault) => [fault.path, fault.reason])).toEqual([
      [path, reason],
    ]);
    expect((failed as Error).message).not.toContain(secretBase64);
  });
});

function attempt(step: () => unknown): unknown {
  try {
    return step();
  } catch (error) {
    return error;
  }
}
