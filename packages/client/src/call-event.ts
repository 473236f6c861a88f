import type { Clock } from '@auth/core/signing';

import { isClientError } from './client-error.js';
import type { ClientEventDetails } from './client-event.js';
import type { OutgoingRequest } from './strategy.js';

/** What became of a call: the status of its answer, or what it failed with. */
type Ending = { readonly attempts: number } & ({ readonly status: number } | { readonly error: unknown });

/** Begins to take the time of a call, and answers how to tell of its end. */
export function beginCallEvent(
  { clock, emit }: { readonly clock: Clock; readonly emit: (event: ClientEventDetails) => void },
  { method, url }: OutgoingRequest,
): (ending: Ending) => void {
  const began = clock.now();
  return (ending) => {
    const { attempts } = ending;
    const about = { kind: 'call', method, path: url.pathname, attempts, durationSeconds: clock.now() - began } as const;
    if ('status' in ending) return emit({ ...about, outcome: 'answered', status: ending.status });
    emit({ ...about, outcome: isClientError(ending.error) ? ending.error.code : 'network' });
  };
}
