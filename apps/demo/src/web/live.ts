import type { ServerResponse } from 'node:http';

import type { AuditView, CellView } from './view.js';

/** Tells every open page what happens, as server-sent events. */
export interface Live {
  readonly tellAudit: (audit: AuditView) => void;
  readonly tellCell: (cell: CellView) => void;
  /** Tells the latest audit events, and then goes on. @returns false where too many listen already. */
  readonly listen: (res: ServerResponse) => boolean;
  readonly close: () => void;
}

const maxListeners = 16;
const maxKept = 100;
/** A page that does not read falls behind by this much, and is cut off; browsers come again by themselves. */
const maxBehindBytes = 4 * 2 ** 20;
const pingMs = 15_000;

export function createLive(): Live {
  const listeners = new Set<ServerResponse>();
  const kept: string[] = [];
  const tell = (message: string): void => {
    for (const res of listeners) {
      res.write(message);
      if (res.writableLength > maxBehindBytes) res.destroy();
    }
  };
  const ping = setInterval(() => tell(': still here\n\n'), pingMs).unref();
  return {
    tellAudit(audit) {
      const message = format('audit', audit);
      kept.push(message);
      if (kept.length > maxKept) kept.shift();
      tell(message);
    },
    tellCell: (cell) => tell(format('cell', cell)),
    listen(res) {
      if (listeners.size >= maxListeners) return false;
      listeners.add(res);
      res.on('close', () => listeners.delete(res));
      res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      res.write(`retry: 1000\n\n${kept.join('')}`);
      return true;
    },
    close() {
      clearInterval(ping);
      for (const res of listeners) res.end();
    },
  };
}

/** JSON has no line breaks, which would end a message. */
const format = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
