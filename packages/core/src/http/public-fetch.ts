import type { Fetch } from './document-fetcher.js';

/**
 * A fetch that connects to public addresses alone. A runtime whose `fetch` hides the address has none; `node/public-fetch.ts`
 * stands in for this under the `node` condition.
 */
export const publicFetch: Fetch | undefined = undefined;
