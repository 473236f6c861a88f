import type { Case, CaseRequest, CodeRow, Configuration, Expectation, Step } from './case.js';
import { checkAnswer, instanceOf } from './check/answer.js';
import { checkEvents } from './check/event.js';
import type { Sent } from './check/expected.js';
import { checkLeaks } from './check/leaks.js';
import type { Texts } from './data.js';
import { discard, type EventReader } from './events.js';
import type { Answer } from './http/answer.js';
import { exchange } from './http/exchange.js';
import { toBytes } from './http/request.js';
import { credentialsIn, replaceIn } from './placeholders.js';
import { textOf } from './server.js';

/** What a case needs of the run that it belongs to. */
export interface CaseContext {
  readonly url: URL;
  readonly events: EventReader;
  readonly clock: Configuration['clock'];
  readonly texts: Texts;
  readonly codes: Readonly<Record<string, CodeRow>>;
  /** Instances told so far: none may come twice. */
  readonly instances: Set<string>;
  readonly byFetch: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Runs the steps of a case until one fails. @returns what is wrong; nothing where all is right */
export async function runSteps({ steps = [] }: Case, context: CaseContext): Promise<string[]> {
  for (const [index, step] of steps.entries()) {
    const faults = await runStep(step, context);
    if (faults.length > 0) return steps.length === 1 ? faults : faults.map((fault) => `step ${index + 1}: ${fault}`);
  }
  return [];
}

async function runStep({ request, expect }: Step, context: CaseContext): Promise<string[]> {
  const { url, timeoutMs, signal } = context;
  const filled = replaceIn(request, context.texts);
  try {
    const answer = await exchange({ url, method: filled.method, bytes: toBytes(filled, url.host), timeoutMs, signal });
    return await checkStep(answer, applicable(expect, answer.status), toSent(request, filled, context), context);
  } catch (error) {
    const lost = await discard(context.events);
    return [textOf(error), ...(lost === undefined ? [] : [lost])];
  }
}

/** Of several alternatives those with the status that came, or the first where none has it. */
function applicable(expect: Step['expect'], status: number): readonly Expectation[] {
  const all = Array.isArray(expect) ? (expect as readonly Expectation[]) : [expect as Expectation];
  const fitting = all.filter((alternative) => alternative.status === status);
  return fitting.length > 0 ? fitting : all.slice(0, 1);
}

async function checkStep(
  answer: Answer,
  alternatives: readonly Expectation[],
  sent: Sent,
  context: CaseContext,
): Promise<string[]> {
  const events = await context.events.next(alternatives.some(({ audit }) => audit !== null));
  const instance = instanceOf(answer);
  const faults = alternatives.map((expected) => [
    ...checkAnswer(answer, expected, sent, context.codes),
    ...checkEvents(events, expected, sent, { clock: context.clock, instance }),
  ]);
  const best = faults.find((list) => list.length === 0) ?? faults[0] ?? [];
  const again = instance !== undefined && context.instances.has(instance) ? ['the instance was told before'] : [];
  if (instance !== undefined) context.instances.add(instance);
  return [...best, ...again, ...checkLeaks(answer, events, sent.credentials)];
}

function toSent(request: CaseRequest, filled: CaseRequest, { texts, byFetch }: CaseContext): Sent {
  return {
    method: filled.method,
    target: filled.target,
    body: Buffer.from(filled.body ?? '', 'utf8'),
    byFetch,
    credentials: credentialsIn(JSON.stringify(request), texts),
  };
}
