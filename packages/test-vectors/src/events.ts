import { setTimeout as sleep } from 'node:timers/promises';

import { textOf, within, type AuditEvent, type RunningServer } from './server.js';

/** How long an event may come after its answer. */
const eventMs = 1000;
/** How long to look for one that must not come. */
const quietMs = 25;
const pollMs = 5;

/** Follows the events of one server, so that each belongs to one request. */
export interface EventReader {
  /**
   * The attempts since the last call; alerts and checkpoints are left out.
   * @param due waits for so many, up to a second, and then for none beside them
   */
  next(due: number): Promise<readonly AuditEvent[]>;
  /** As `next`, after a while in which late ones may come. */
  late(): Promise<readonly AuditEvent[]>;
  /** All alerts so far. @param due waits for so many, up to a second */
  alerts(due: number): Promise<readonly AuditEvent[]>;
}

export function createEventReader(server: RunningServer): EventReader {
  let seen = 0;
  const readAll = async (): Promise<readonly AuditEvent[]> => {
    const all = await within(
      Promise.resolve().then(() => server.events()),
      eventMs,
      'events()',
    );
    if (!Array.isArray(all)) throw new Error('events() did not answer a list');
    return all;
  };
  const read = async (): Promise<readonly AuditEvent[]> => (await readAll()).filter(isAttempt);
  const waitFor = async (enough: () => Promise<boolean>): Promise<void> => {
    const end = performance.now() + eventMs;
    while (!(await enough()) && performance.now() < end) await sleep(pollMs);
  };
  const take = async (): Promise<readonly AuditEvent[]> => {
    const all = await read();
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
  const late = async (): Promise<readonly AuditEvent[]> => {
    await sleep(quietMs);
    return take();
  };
  return {
    late,
    async next(due) {
      if (due === 0) return late();
      await waitFor(async () => (await read()).length >= seen + due);
      // One turn more: whoever writes two writes them together.
      await sleep(0);
      return take();
    },
    async alerts(due) {
      const alerts = async (): Promise<readonly AuditEvent[]> =>
        (await readAll()).filter(({ outcome }) => outcome === 'alert');
      await waitFor(async () => (await alerts()).length >= due);
      return alerts();
    },
  };
}

const isAttempt = ({ outcome }: AuditEvent): boolean => outcome !== undefined && outcome !== 'alert';

/** Reads what is left and throws it away. @returns what went wrong, if anything */
export async function discard(reader: EventReader): Promise<string | undefined> {
  try {
    await reader.late();
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}
