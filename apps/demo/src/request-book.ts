import type { DemoRequest, RequestGroup } from './requests/request.js';

/** The requests, with credentials that are good whenever one is asked for. */
export interface RequestBook {
  readonly groups: () => readonly RequestGroup[];
  /** @returns undefined where there is none of this id. */
  readonly find: (id: string) => Promise<DemoRequest | undefined>;
  /** Makes all credentials anew. */
  readonly renew: () => Promise<void>;
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
  const renew = async (): Promise<void> => {
    groups = await makeGroups();
    madeMs = nowMs();
  };
  return {
    groups: () => groups,
    renew,
    async find(id) {
      if (nowMs() - madeMs >= freshForMs) await renew();
      return groups.flatMap(({ requests }) => requests).find((request) => request.id === id);
    },
  };
}
