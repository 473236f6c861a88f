import { appendFile } from 'node:fs/promises';

import type { AuditEvent, AuditSink } from '../../contracts/audit-event.js';

// About 10 MB of events: a disk that hangs must not take the process with it.
const maxQueuedLines = 20_000;
// What JSON leaves as it is and a terminal or a log reader may act on: C1 controls, DEL, line separators, bidi controls.
const unsafe = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

/** Writes one event as one line of JSON; nothing in an event can end the line. */
export function formatJsonLine(event: AuditEvent): string {
  return `${JSON.stringify(event).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/**
 * Makes a sink that appends events to a file (mode 0600), one line of JSON each, in batches and in order.
 * @param path the file; its folder must be there
 * @example createAuth({ schemes, audit: jsonLines('audit.jsonl') })
 */
export function jsonLines(path: string): AuditSink {
  let queue: string[] = [];
  // The batch that still takes lines, and the latest one; each fails for its own lines alone.
  let open: Promise<void> | undefined;
  let latest: Promise<void> = Promise.resolve();
  const writeBatch = async (): Promise<void> => {
    const lines = queue;
    queue = [];
    open = undefined;
    await appendFile(path, lines.join(''), { mode: 0o600 });
  };
  // Whoever wrote was told what was lost.
  const settled = (): Promise<void> => latest.catch(() => undefined);
  return {
    write(event) {
      if (queue.length >= maxQueuedLines) throw new Error('audit: the file is too slow; an event was dropped');
      queue.push(formatJsonLine(event));
      return (open ??= latest = settled().then(writeBatch));
    },
    flush: settled,
    close: settled,
  };
}
