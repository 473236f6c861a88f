import { readCall, type Call, type CallInit } from '../call.js';

/** `fetch` for a path or a URL of the client's origin. */
export type ClientFetch = (target: string | URL, init?: CallInit) => Promise<Response>;

/** Makes the function that looks like `fetch`. */
export function createFetch(
  run: (read: () => Call) => Promise<Response>,
  guarded: { readonly origin: string; readonly fields: readonly string[] },
): ClientFetch {
  return (target, init = {}) => run(() => readCall(target, init, guarded));
}
