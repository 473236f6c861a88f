import type { DemoRequest, RequestGroup } from './requests/request.js';

/** The requests, with credentials that are good whenever one is asked for. */
export interface RequestBook {
  readonly groups: () => readonly RequestGroup[];
  /** @returns undefined where there is none of this id. */
  readonly find: (id: string) => Promise<DemoRequest | undefined>;
}

// Tokens last an hour.
const freshForMs = 30 * 60 * 1000;

/** @param makeGroups answers the same requests each time, with new credentials. */
export async function createRequestBook(
  makeGroups: () => Promise<readonly RequestGroup[]>,
  nowMs: () => number,
): Promise<RequestBook> {
  let groups = await makeGroups();
  let madeMs = nowMs();
  return {
    groups: () => groups,
    async find(id) {
      if (nowMs() - madeMs >= freshForMs) {
        groups = await makeGroups();
        madeMs = nowMs();
      }
      return groups.flatMap(({ requests }) => requests).find((request) => request.id === id);
    },
  };
}
