import { crypto } from '#crypto';

import { after, isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock } from '../contracts/clock.js';
import type { OneUse } from '../contracts/scheme.js';
import type { ReplayStore } from '../contracts/stores.js';
import { DependencyError } from '../errors/failure-error.js';
import { askStore } from './ask-store.js';

/** Asks the replay store, which learns hashes alone: neither a nonce nor a name. */
export function useOnce(
  { replay, clock }: { readonly replay: ReplayStore; readonly clock: Clock },
  { kind, owner, id, until }: OneUse,
  signal: AbortSignal | undefined,
): Awaitable<boolean> {
  // As JSON, so that no two uses are written alike.
  const use = { key: hash([kind, owner, id]), owner: hash([kind, owner]), now: clock.now(), until };
  return after(
    askStore(() => replay.use(use, signal), signal, 'replay-store-unavailable'),
    (answer) => {
      switch (answer) {
        case 'new':
          return true;
        case 'used':
          return false;
        case 'full':
          throw new DependencyError('replay-store-full');
        default:
          // A store of somebody's own may answer anything: what is not known is not new.
          throw new DependencyError(
            'replay-store-unavailable',
            {},
            { message: 'the replay store answered neither new, used nor full' },
          );
      }
    },
  );
}

/** What was used: by a request, in whatever guards and schemes; and by one of them itself. */
export interface UseMemory {
  readonly uses: Map<string, Awaitable<boolean>>;
  readonly own: Set<string>;
}

/**
 * A request uses a thing once: another guard, or another scheme, that asks for the same request is told what the first was told. One that
 * asks twice by itself has used it before. An outage is not kept.
 */
export function rememberUse(
  { uses, own }: UseMemory,
  { kind, owner, id }: OneUse,
  take: () => Awaitable<boolean>,
): Awaitable<boolean> {
  const name = JSON.stringify([kind, owner, id]);
  if (own.has(name)) return false;
  const taken = uses.get(name) ?? take();
  own.add(name);
  uses.set(name, taken);
  if (isPromise(taken))
    taken.catch(() => {
      uses.delete(name);
      own.delete(name);
    });
  return taken;
}

const hash = (parts: readonly string[]): string => crypto.sha256Text(JSON.stringify(parts));
