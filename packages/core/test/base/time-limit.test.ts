import { describe, expect, it } from 'vitest';

import { withTimeLimit } from '../../src/base/time-limit.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('withTimeLimit', () => {
  it('answers what the work answers, and aborts its signal then, so that nothing stays open', async () => {
    let signal: AbortSignal | undefined;
    expect(await withTimeLimit(60, async (given) => ((signal = given), 1))).toBe(1);
    await Promise.resolve();
    expect(signal?.aborted).toBe(true);
    await expect(withTimeLimit(60, async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  });

  it('gives the work up when the time is over, also where it pays no heed', async () => {
    let signal: AbortSignal | undefined;
    const limited = withTimeLimit(0.01, (given) => ((signal = given), never()));
    await expect(limited).rejects.toMatchObject({ name: 'TimeoutError', message: 'no answer within 0.01 seconds' });
    expect(signal?.aborted).toBe(true);
  });

  it('gives the work up when the caller leaves, and starts none for a caller who has left', async () => {
    const leaving = new AbortController();
    const limited = withTimeLimit(60, never, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(limited).rejects.toThrow('gone');
    let started = false;
    const late = withTimeLimit(60, async () => void (started = true), leaving.signal);
    await expect(late).rejects.toThrow('gone');
    expect(started).toBe(false);
  });
});
