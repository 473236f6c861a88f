import type { RefusedStep } from '../case.js';
import { compare } from '../check/compare.js';
import { send } from '../http/send.js';
import { TimeoutError } from '../http/exchange.js';
import { replaceIn } from '../placeholders.js';
import type { CaseContext } from '../run-case.js';

/** Sends a request that must get no answer: the handshake fails, or the server breaks off. */
export async function runRefused({ refused, audit }: RefusedStep, context: CaseContext): Promise<string[]> {
  const { url, connections, timeoutMs, signal, texts } = context;
  const filled = replaceIn(refused, texts);
  try {
    const { status } = await send(filled, { url, connections, timeoutMs, signal });
    return [`there is an answer with status ${status}, should be none`];
  } catch (error) {
    if (error instanceof TimeoutError || signal?.aborted === true)
      return [error instanceof Error ? error.message : 'aborted'];
  }
  const events = await context.events.next(audit === null ? 0 : 1);
  const found = events.map(({ outcome, reason }) => ({ outcome, reason }));
  return compare('audit events', found, audit === null ? [] : [audit]);
}
