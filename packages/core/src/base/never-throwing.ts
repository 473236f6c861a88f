/** A callback of somebody's own that may fail by itself: that must not become the caller's answer, nor an unhandled rejection. */
export function neverThrowing(callback: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      callback?.(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}
