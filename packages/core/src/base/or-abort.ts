/**
 * Waits for work that others may wait for too, for as long as this caller stays: the work itself goes on.
 * @param toError what a caller who leaves gets; default the reason of the signal
 */
export function orAbort<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  toError: (signal: AbortSignal) => unknown = ({ reason }) => reason,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(toError(signal));
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    const settled = (): void => signal.removeEventListener('abort', leave);
    work.then(resolve, reject).then(settled, settled);
  });
}
