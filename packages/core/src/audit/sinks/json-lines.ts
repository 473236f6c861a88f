import { appendFile } from 'node:fs/promises';

import type { AuditEvent, AuditSink } from '../../contracts/audit-event.js';

// About 10 MB of events: a disk that hangs must not take the process with it.
const maxQueuedLines = 20_000;
// What JSON leaves as it is and a terminal or a log reader may act on: C1 controls, DEL, line separators, bidi controls.
const unsafe = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

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
  let writing: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    try {
      while (queue.length > 0) {
        const lines = queue;
        queue = [];
        await appendFile(path, lines.join(''), { mode: 0o600 });
      }
    } finally {
      writing = undefined;
    }
  };
  const flush = async (): Promise<void> => {
    await writing;
  };
  return {
    write(event) {
      if (queue.length >= maxQueuedLines) throw new Error('audit: the file is too slow; an event was dropped');
      queue.push(formatJsonLine(event));
      return (writing ??= drain());
    },
    flush,
    close: flush,
  };
}
