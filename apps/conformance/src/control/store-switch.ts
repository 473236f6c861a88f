import { setTimeout as sleep } from 'node:timers/promises';

import { DependencyError, type Awaitable } from '@auth/core';

/** How a store behaves: it works, waits, or cannot be reached. */
export type StoreState = 'up' | 'slow' | 'down';

export const storeStates: readonly StoreState[] = ['up', 'slow', 'down'];

const slowMs = 5000;

/** One switch for all stores of a kind. */
export interface StoreSwitch {
  readonly set: (state: StoreState) => void;
  /** Does what the store does, as far as the state lets it. */
  readonly pass: <T>(work: () => Awaitable<T>, signal: AbortSignal | undefined) => Awaitable<T>;
}

/** @param reason with which the store refuses when it is down */
export function createStoreSwitch(reason: ConstructorParameters<typeof DependencyError>[0]): StoreSwitch {
  let state: StoreState = 'up';
  return {
    set: (changed) => void (state = changed),
    pass(work, signal) {
      switch (state) {
        case 'up':
          return work();
        case 'slow':
          return sleep(slowMs, undefined, { ref: false, ...(signal !== undefined && { signal }) }).then(work);
        case 'down':
          throw new DependencyError(reason);
      }
    },
  };
}
