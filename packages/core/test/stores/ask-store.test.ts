import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { DependencyError, FailureError, failure } from '../../src/index.js';
import { askStore } from '../../src/stores/ask-store.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const broken = new Error('ECONNREFUSED');

describe('askStore', () => {
  it('answers at once what a store answers at once', () => {
    expect(askStore(() => 'record', undefined)).toBe('record');
  });

  it.each([
    [
      'throws',
      (): never => {
        throw broken;
      },
    ],
    ['rejects', () => Promise.reject(broken)],
  ])('takes a store that %s for one that is down, and keeps its error for the operator', async (_, ask) => {
    const asked = (async () => askStore<unknown>(ask, undefined))();
    await expect(asked).rejects.toMatchObject({
      failure: { code: 'dependency-unavailable', reason: 'credential-store-unavailable' },
      cause: broken,
    });
  });

  it('takes a store that has not answered within a second for one that is down', async () => {
    const asked = askStore(() => new Promise(() => undefined), undefined);
    const thrown = Promise.resolve(asked).catch((error: unknown) => error);
    vi.advanceTimersByTime(1000);
    expect(await thrown).toMatchObject({ failure: { reason: 'credential-store-unavailable' } });
  });

  it('leaves no timer behind', async () => {
    await askStore(() => Promise.resolve(1), undefined);
    await Promise.resolve(askStore(() => Promise.reject(broken), undefined)).catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the failure that a store says itself', async () => {
    const own = new DependencyError('credential-store-unavailable', { retryAfterSeconds: 30 });
    await expect(askStore(() => Promise.reject(own), undefined)).rejects.toBe(own);
    const other = new FailureError(failure('address-not-allowed'));
    await expect(askStore(() => Promise.reject(other), undefined)).rejects.toBe(other);
  });

  it('ends with the caller, whose going is not the fault of the store', async () => {
    const leaving = new AbortController();
    const asked = askStore(() => new Promise(() => undefined), leaving.signal);
    const reason = new Error('gone');
    leaving.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
