import { describe, expect, it, vi } from 'vitest';

import { basic, type AuditEvent, type AuditSink } from '../../src/index.js';
import { allowed, benchOf, problemOf, proves, refused, wordScheme } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

const requirement = { scheme: 'a' } as const;
const ann = () => sends({ 'x-a': 'ann' });
const down = new Error('disk full');

describe('a required audit', () => {
  const benchWith = (sink: AuditSink) => {
    const events: AuditEvent[] = [];
    const bench = benchOf(
      { a: wordScheme('a') },
      { audit: { sinks: [(event) => void events.push(event), sink], required: true } },
    );
    return { ...bench, events };
  };

  it.each([
    [
      'throws',
      () => {
        throw down;
      },
    ],
    [
      'rejects',
      async () => {
        throw down;
      },
    ],
    ['hangs for longer than a second', () => new Promise<void>(() => undefined)],
  ])('refuses a pass with 503 where a sink %s', async (_, write) => {
    const { decide, events } = benchWith({ write });
    const decision = refused(await decide(requirement, ann()));
    expect(decision).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(decision.headers.some(([name]) => name === 'retry-after')).toBe(true);
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['allow', 'ok'],
      ['error', 'audit-unavailable'],
    ]);
  });

  it('refuses a refusal in the same way, so that nobody learns whether a guess was right', async () => {
    const { decide } = benchWith({
      write: () => {
        throw down;
      },
    });
    const answers = [await decide(requirement, ann()), await decide(requirement, sends({ 'x-a': 'bad' }))];
    expect(answers.map((answer) => problemOf(answer)['code'])).toEqual([
      'dependency-unavailable',
      'dependency-unavailable',
    ]);
  });

  it('lets in what every sink has taken, at once or later, and not before', async () => {
    let arrive = (): void => undefined;
    const { decide } = benchWith({ write: () => new Promise<void>((resolve) => (arrive = resolve)) });
    const decided = vi.fn<(decision: unknown) => void>();
    const deciding = Promise.resolve(decide(requirement, ann())).then((decision) => (decided(decision), decision));
    await new Promise((resolve) => setImmediate(resolve));
    expect(decided).not.toHaveBeenCalled();
    arrive();
    allowed(await deciding);
    const atOnce = benchWith({ write: () => undefined });
    expect(atOnce.decide(requirement, ann())).toMatchObject({ kind: 'allow' });
  });

  it('serves no endpoint whose event has not arrived', async () => {
    const { auth } = benchWith({
      write: () => {
        throw down;
      },
    });
    const work = async () =>
      ({
        kind: 'served',
        answer: { status: 200, headers: [], body: new Uint8Array() },
        deed: { outcome: 'allow', reason: 'key-created' },
      }) as never;
    expect(await auth.forAdapters.serve(ann(), requirement, work)).toMatchObject({ status: 503 });
  });

  it('is not asked for by default: what a sink does reaches no request', async () => {
    const write = (): never => {
      throw down;
    };
    const { decide } = benchOf({ a: wordScheme('a') }, { audit: { write } });
    expect(await decide(requirement, ann())).toMatchObject({ kind: 'allow' });
  });
});

describe('the claimed subject of an event', () => {
  const users = basic({ users: [{ username: 'alice', password: 'the right one' }] });
  const event = async (username: string, audit = {}) => {
    const events: AuditEvent[] = [];
    const bench = benchOf({ users }, { audit: { sinks: (each) => void events.push(each), ...audit } });
    const authorization = `Basic ${Buffer.from(`${username}:wrong`).toString('base64')}`;
    refused(await bench.decide({ scheme: 'users' }, requestOf({ headers: { authorization } })));
    return events[0];
  };

  it('is the name of a user that is there', async () => {
    expect(await event('alice')).toMatchObject({ reason: 'wrong-password', subject: null, claimedSubject: 'alice' });
  });

  it('is a keyed hash of a name that nobody has, which may be a password (OWASP Logging Cheat Sheet)', async () => {
    const first = await event('hunter2!');
    expect(first).toMatchObject({
      reason: 'unknown-user',
      claimedSubject: expect.stringMatching(/^hash:[0-9a-f]{12}$/) as string,
    });
    // Under a key of each guard: nobody finds the name by trying.
    expect(await event('hunter2!')).not.toMatchObject({
      claimedSubject: (first as { claimedSubject: string }).claimedSubject,
    });
  });

  it('is the name as it was sent where unverifiedSubjects is clear', async () => {
    expect(await event('mallory', { unverifiedSubjects: 'clear' })).toMatchObject({ claimedSubject: 'mallory' });
  });

  it('is null where somebody was proved, and where nobody is named', async () => {
    const { decide, events } = benchOf({ a: wordScheme('a', { verify: (word) => proves(word) }) });
    await decide({ scheme: 'a', scopes: ['x'] }, ann());
    await decide(requirement, requestOf());
    expect(events).toMatchObject([
      { subject: 'ann', claimedSubject: null },
      { subject: null, claimedSubject: null },
    ]);
  });
});
