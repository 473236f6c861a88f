/**
 * Runs work that is given up after so many seconds of true time (what it waits for knows no injected clock), or when `outer`
 * aborts. The signal of the work aborts then, and also when the work has ended, so that nothing of it stays open.
 * @throws TimeoutError when the time is over, the reason of `outer`, and whatever the work throws.
 */
export function withTimeLimit<T>(
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', leave);
    };
    const giveUp = (reason: unknown): void => {
      end();
      reject(reason);
      controller.abort(reason);
    };
    const leave = (): void => giveUp(outer?.reason);
    const timer = setTimeout(
      () => giveUp(new DOMException(`no answer within ${seconds} seconds`, 'TimeoutError')),
      seconds * 1000,
    );
    // Node alone has unref; in other runtimes a timer does not hold a process.
    (timer as { unref?: () => void }).unref?.();
    outer?.addEventListener('abort', leave, { once: true });
    if (outer?.aborted === true) return leave();
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        end();
        controller.abort();
      });
  });
}
