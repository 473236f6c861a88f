import { describe, expect, it } from 'vitest';

import { createAuth, DependencyError, failure, FailureError, type Verified } from '../../src/index.js';
import { allowed, benchOf, linesOf, problemOf, proves, refused, wordScheme } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

const requirement = { scheme: 'a' };
const thrown = new Error('secret-in-a-message');

describe('a scheme that throws', () => {
  it.each([
    [
      'verify throws',
      {
        verify: () => {
          throw thrown;
        },
      },
    ],
    [
      'verify rejects',
      {
        verify: async () => {
          throw thrown;
        },
      },
    ],
    [
      'verify throws no error at all',
      {
        verify: () => {
          throw undefined;
        },
      },
    ],
    ['verify answers nothing', { verify: () => undefined as unknown as Verified }],
    ['verify answers a kind that nobody knows', { verify: () => ({ kind: 'ok' }) as unknown as Verified }],
    [
      'verify answers a code that nobody knows',
      { verify: () => ({ kind: 'failure', code: 'x', reason: 'x' }) as unknown as Verified },
    ],
  ])('is refused as an internal error where %s (CWE-636)', async (_, options) => {
    const { decide, events, errors } = benchOf({ a: wordScheme('a', options) });
    const decision = refused(await decide(requirement, sends({ 'x-a': 'ann' })));
    expect(decision).toMatchObject({ status: 500, code: 'internal-error' });
    expect(JSON.stringify(problemOf(decision))).not.toContain('secret');
    expect(events).toMatchObject([{ outcome: 'error', reason: 'unexpected', subject: null }]);
    expect(errors).toHaveLength(1);
  });

  it('is refused as an internal error where extract throws, and nothing is verified', async () => {
    const [a, b] = [wordScheme('a'), wordScheme('b')];
    b.extract.mockImplementation(() => {
      throw thrown;
    });
    const { decide, errors } = benchOf({ a, b });
    const decision = await decide({ anyOf: [{ scheme: 'a' }, { scheme: 'b' }] }, sends({ 'x-a': 'ann' }));
    expect(decision).toMatchObject({ status: 500, code: 'internal-error' });
    expect(a.verify).not.toHaveBeenCalled();
    expect(errors).toEqual([thrown]);
  });

  it('is refused as an internal error without a challenge where challenge throws', async () => {
    const a = wordScheme('a');
    a.challenge.mockImplementation(() => {
      throw thrown;
    });
    const decision = await benchOf({ a }).decide(requirement, requestOf());
    expect(decision).toMatchObject({ status: 500, code: 'internal-error' });
    expect(linesOf(decision, 'www-authenticate')).toEqual([]);
  });

  it('does not spoil the requests after it', async () => {
    let calls = 0;
    const verify = (word: string): Verified => {
      if (calls++ === 0) throw thrown;
      return proves(word);
    };
    const { decide } = benchOf({ a: wordScheme('a', { verify }) });
    expect(await decide(requirement, sends({ 'x-a': 'ann' }))).toMatchObject({ status: 500 });
    expect(await decide(requirement, sends({ 'x-a': 'ann' }))).toMatchObject({ kind: 'allow' });
  });
});

describe('an outage', () => {
  it.each([
    [
      'thrown',
      () => {
        throw new DependencyError('credential-store-unavailable');
      },
    ],
    [
      'rejected',
      async () => {
        throw new DependencyError('credential-store-unavailable');
      },
    ],
  ])(
    'that is %s says nothing of a credential that is certainly bad: that one goes first, with 401',
    async (_, verify) => {
      const { decide, events } = benchOf({ a: wordScheme('a', { verify }), b: wordScheme('b') });
      const decision = refused(
        await decide({ anyOf: [{ scheme: 'a' }, { scheme: 'b' }] }, sends({ 'x-a': 'ann', 'x-b': 'bad' })),
      );
      expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
      expect(events).toMatchObject([
        {
          outcome: 'refuse',
          reason: 'several',
          scheme: 'b',
          failures: [
            { scheme: 'a', reason: 'credential-store-unavailable' },
            { scheme: 'b', reason: 'key-revoked' },
          ],
        },
      ]);
    },
  );

  it.each([
    [
      'a thrown DependencyError',
      () => {
        throw new DependencyError('credential-store-unavailable');
      },
      '5',
    ],
    [
      'a rejected DependencyError',
      async () => {
        throw new DependencyError('credential-store-unavailable', { retryAfterSeconds: 7 });
      },
      '7',
    ],
    ['a failure', () => failure('credential-store-unavailable', { retryAfterSeconds: 9 }), '9'],
  ])('told by %s is 503 with Retry-After, never 401', async (_, verify, seconds) => {
    const { decide, events } = benchOf({ a: wordScheme('a', { verify }) });
    const decision = refused(await decide(requirement, sends({ 'x-a': 'ann' })));
    expect(decision).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect(linesOf(decision, 'retry-after')).toEqual([seconds]);
    expect(linesOf(decision, 'www-authenticate')).toEqual([]);
    expect(events).toMatchObject([{ outcome: 'error', reason: 'credential-store-unavailable', scheme: 'a' }]);
  });

  it('of a branch that is not used asks nothing and refuses nobody', async () => {
    const down = wordScheme('b', {
      verify: () => {
        throw new DependencyError();
      },
    });
    const { decide } = benchOf({ a: wordScheme('a'), b: down });
    const any = { anyOf: [{ scheme: 'a' }, { scheme: 'b' }] };
    expect(await decide(any, sends({ 'x-a': 'ann' }))).toMatchObject({ kind: 'allow' });
    expect(await decide(any, sends({ 'x-b': 'ann' }))).toMatchObject({ status: 503 });
  });
});

describe('a FailureError', () => {
  it('refuses with its failure', async () => {
    const verify = (): never => {
      throw new FailureError(failure('body-too-large'));
    };
    const { decide, events } = benchOf({ a: wordScheme('a', { verify }) });
    expect(await decide(requirement, sends({ 'x-a': 'ann' }))).toMatchObject({
      status: 413,
      code: 'content-too-large',
    });
    expect(events[0]).toMatchObject({ outcome: 'refuse', reason: 'body-too-large' });
  });

  it('of another copy of this package is known by its brand', async () => {
    const verify = (): never => {
      throw Object.assign(new Error('other copy'), {
        [Symbol.for('@auth/core/failure-error')]: true,
        failure: failure('expired'),
      });
    };
    const { decide } = benchOf({ a: wordScheme('a', { verify }) });
    expect(await decide(requirement, sends({ 'x-a': 'ann' }))).toMatchObject({ status: 401, code: 'invalid-token' });
  });

  it('of a body that is gone names the fix to the operator and nothing to the caller', async () => {
    const verify = async (): Promise<never> => {
      throw new FailureError(failure('raw-body-unavailable'), 'put the guard first');
    };
    const { decide, events, errors } = benchOf({ a: wordScheme('a', { verify }) });
    const decision = refused(await decide(requirement, sends({ 'x-a': 'ann' })));
    expect(decision).toMatchObject({ status: 500, code: 'configuration-error' });
    expect(problemOf(decision)['title']).toBe('The server is not configured correctly');
    expect(events[0]).toMatchObject({ outcome: 'error', reason: 'raw-body-unavailable' });
    expect(errors).toMatchObject([{ message: 'put the guard first' }]);
  });
});

describe('an aborted request', () => {
  it('rejects with what aborted it, writes an event that says so, and lets nobody in', async () => {
    const controller = new AbortController();
    const a = wordScheme('a', {
      verify: (_word, _request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        }),
    });
    const { auth, decide, events } = benchOf({ a });
    const request = requestOf({ headers: { 'x-a': 'ann' }, signal: controller.signal });
    const decision = decide(requirement, request);
    const gone = new Error('gone');
    controller.abort(gone);
    await expect(decision).rejects.toBe(gone);
    expect(events).toMatchObject([{ outcome: 'refuse', reason: 'aborted', code: null, status: null, subject: null }]);
    expect(auth.forAdapters.allowed(request)).toBeUndefined();
  });

  it('hands its signal and the clock to verify', async () => {
    const { signal } = new AbortController();
    const a = wordScheme('a');
    const { decide, clock } = benchOf({ a });
    await decide(requirement, requestOf({ headers: { 'x-a': 'ann' }, signal }));
    const context = a.verify.mock.calls[0]![2];
    expect(context.signal).toBe(signal);
    expect(context.clock).toBe(clock);
  });
});

describe('onError', () => {
  it('is not told of refusals that a scheme answers', async () => {
    const { decide, errors } = benchOf({ a: wordScheme('a') });
    await decide(requirement, sends({ 'x-a': 'bad' }));
    await decide(requirement, sends({ 'x-a': 'malformed' }));
    expect(errors).toEqual([]);
  });

  it('that throws itself never makes check throw', async () => {
    const auth = createAuth({
      schemes: {
        a: wordScheme('a', {
          verify: () => {
            throw thrown;
          },
        }),
      },
      onError: () => {
        throw new Error('the logger is broken');
      },
    });
    const decide = async (): Promise<unknown> => auth.check(sends({ 'x-a': 'ann' }), { scheme: 'a' });
    await expect(decide()).resolves.toMatchObject({ kind: 'refuse', status: 500 });
  });
});

describe('a sink that throws', () => {
  it('breaks no request, is told to onError and counted', async () => {
    const { auth, decide, errors } = benchOf(
      { a: wordScheme('a') },
      {
        audit: () => {
          throw thrown;
        },
      },
    );
    allowed(await decide(requirement, sends({ 'x-a': 'ann' })));
    refused(await decide(requirement, requestOf()));
    expect(auth.lostEvents).toBe(2);
    expect(errors).toEqual([thrown, thrown]);
  });
});
