import { describe, expect, it } from 'vitest';

import { createAuth, type Context, type OneUse, type ReplayStore, type ReplayUse } from '../../src/index.js';
import { proves, wordScheme } from '../fixtures/guard.js';
import { sends } from '../fixtures/request.js';

const use: OneUse = { kind: 'proof', owner: 'key 1', id: 'secret nonce', until: 2000 };
const clock = { now: () => 1000, schedule: () => () => undefined };

/** A guard whose scheme takes its word once. */
function guardWith(replay: ReplayStore | undefined, uses: readonly OneUse[]) {
  const answers: boolean[] = [];
  const errors: unknown[] = [];
  const scheme = wordScheme('a', {
    verify: async (word, _request, context) => {
      for (const each of uses) answers.push(await context.useOnce(each));
      return proves(word);
    },
  });
  const auth = createAuth({
    schemes: { a: scheme },
    clock,
    onError: (error) => void errors.push(error),
    ...(replay !== undefined && { stores: { replay } }),
  });
  return { answers, errors, check: async () => auth.check(sends({ 'x-a': 'anna' }), { scheme: 'a' }) };
}

describe('useOnce', () => {
  it('answers true the first time, and false until its time has come', async () => {
    const { answers, check } = guardWith(undefined, [use, use, { ...use, id: 'another' }]);
    await check();
    await check();
    expect(answers).toEqual([true, false, true, false, false, false]);
  });

  it('tells another guard and another scheme of the same request what the first was told: it proves itself once', async () => {
    const answers: boolean[] = [];
    const asking = (type: string) =>
      wordScheme(type, {
        field: 'x-a',
        verify: async (word, _request, context) => {
          answers.push(await context.useOnce(use));
          return proves(word);
        },
      });
    const auth = createAuth({ schemes: { a: asking('a'), b: asking('b') }, clock });
    const request = sends({ 'x-a': 'anna' });
    await Promise.all([auth.check(request, { scheme: 'a' }), auth.check(request, { scheme: 'b' })]);
    expect(answers).toEqual([true, true]);
    await auth.check(sends({ 'x-a': 'anna' }), { scheme: 'b' });
    expect(answers).toEqual([true, true, false]);
  });

  it('asks again where the store was down', async () => {
    const states = ['down', 'new'];
    const store: ReplayStore = {
      use: async (): Promise<'new'> => {
        if (states.shift() === 'down') throw new Error('down');
        return 'new';
      },
    };
    const answers: unknown[] = [];
    const verify = async (word: string, _request: unknown, context: Pick<Context, 'useOnce'>) => {
      for (const _ of [1, 2, 3]) answers.push(await Promise.resolve(context.useOnce(use)).catch(() => 'down'));
      return proves(word);
    };
    const auth = createAuth({ schemes: { a: wordScheme('a', { verify }) }, clock, stores: { replay: store } });
    await auth.check(sends({ 'x-a': 'anna' }), { scheme: 'a' });
    expect(answers).toEqual(['down', true, false]);
  });

  it('keeps kinds and owners apart', async () => {
    const others = [
      { ...use, kind: 'nonce' },
      { ...use, owner: 'key 2' },
      { ...use, kind: 'proof", "key 1', owner: '' },
    ];
    const { answers, check } = guardWith(undefined, [use, ...others]);
    await check();
    expect(answers).toEqual([true, true, true, true]);
  });

  it('shows the store hashes, the time of the clock and the end alone', async () => {
    const seen: ReplayUse[] = [];
    const store: ReplayStore = {
      use: (each) => {
        seen.push(each);
        return 'new';
      },
    };
    await guardWith(store, [use, { ...use, id: 'another' }]).check();
    expect(seen).toHaveLength(2);
    for (const each of seen) expect(each).toMatchObject({ now: 1000, until: 2000, key: expect.stringMatching(/^[\w-]{43}$/), owner: expect.stringMatching(/^[\w-]{43}$/) }); // prettier-ignore
    expect(seen[0]!.owner).toBe(seen[1]!.owner);
    expect(seen[0]!.key).not.toBe(seen[1]!.key);
    expect(JSON.stringify(seen)).not.toMatch(/secret nonce|key 1/);
  });

  it.each([
    ['throws', () => { throw new Error('connection refused'); }, 'replay-store-unavailable'],
    ['rejects', () => Promise.reject(new Error('connection refused')), 'replay-store-unavailable'],
    ['answers what nobody knows', () => 'ok' as 'new', 'replay-store-unavailable'],
    ['is full', () => 'full' as const, 'replay-store-full'],
  ])('refuses with 503 where the store %s', async (_, answer, reason) => {
    const { check, errors, answers } = guardWith({ use: answer }, [use]);
    expect(await check()).toMatchObject({ kind: 'refuse', status: 503, code: 'dependency-unavailable' });
    expect(answers).toEqual([]);
    expect(errors).toMatchObject([{ failure: { reason } }]);
  }); // prettier-ignore
});
