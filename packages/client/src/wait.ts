import { orAbort, type Clock } from '@auth/core/signing';

import { ClientError } from './client-error.js';

/**
 * Waits for work that others share, for as long as this caller stays: the work itself goes on.
 * @throws ClientError `aborted`, or the reason of the signal where that is one
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return orAbort(work, signal, abortedBy);
}

/** @throws ClientError where the caller has left already. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedBy(signal);
}

function abortedBy({ reason }: AbortSignal): ClientError {
  return reason instanceof ClientError ? reason : new ClientError('aborted', 'the call was aborted', { cause: reason });
}

// Timers of a clock do not hold a process, but somebody waits for this one.
const longestIntervalMs = 2 ** 31 - 1;

/** Waits for a time, while somebody wants it. */
export async function sleep(clock: Clock, seconds: number, signal: AbortSignal | undefined): Promise<void> {
  const hold = setInterval(() => undefined, longestIntervalMs);
  let cancel: (() => void) | undefined;
  const over = new Promise<void>((resolve) => {
    cancel = clock.schedule(clock.now() + seconds, resolve);
  });
  try {
    await orAborted(over, signal);
  } finally {
    cancel?.();
    clearInterval(hold);
  }
}
