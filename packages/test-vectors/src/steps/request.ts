import type { CaseRequest, Expectation, RequestStep } from '../case.js';
import { checkAnswer, instanceOf } from '../check/answer.js';
import { compare } from '../check/compare.js';
import { checkEvents } from '../check/event.js';
import type { Sent } from '../check/expected.js';
import { textsIn } from '../check/json-body.js';
import { checkHidden, checkLeaks } from '../check/leaks.js';
import { discard } from '../events.js';
import { valuesOf, type Answer } from '../http/answer.js';
import { exchange } from '../http/exchange.js';
import { toBytes } from '../http/request.js';
import { credentialsIn, replaceIn, secretsIn } from '../placeholders.js';
import type { CaseContext, StepResult } from '../run-case.js';
import { textOf, type AuditEvent } from '../server.js';

/** Sends the request, as often as the step says, and checks what comes back. */
export async function runRequest(
  { request, expect, times = 1, statuses = {}, keep = {} }: RequestStep,
  context: CaseContext,
): Promise<StepResult> {
  const { url, timeoutMs, signal, texts } = context;
  try {
    const filled = replaceIn(request, texts);
    const alternatives = replaceIn([expect].flat() as readonly Expectation[], texts);
    const bytes = toBytes(filled, url.host);
    const answers = await Promise.all(
      Array.from({ length: times }, () => exchange({ url, method: filled.method, bytes, timeoutMs, signal })),
    );
    const due = answers.filter(({ status }) => applicable(alternatives, status).some(({ audit }) => audit !== null));
    const events = await context.events.next(due.length);
    const sent = toSent(request, filled, context);
    const faults =
      times === 1
        ? checkOne(answers[0]!, events, alternatives, sent, context)
        : [...checkMany(answers, events, alternatives, sent, context), ...checkStatuses(answers, statuses)];
    const { missing, kept } = keepLines(answers[0]!, keep);
    const answer = Object.assign({}, ...answers.map(textsIn)) as Record<string, string>;
    return { faults: [...faults, ...missing], told: { kept, answer, secret: answer } };
  } catch (error) {
    const lost = await discard(context.events);
    return { faults: [textOf(error), ...(lost === undefined ? [] : [lost])] };
  }
}

function checkStatuses(answers: readonly Answer[], statuses: Readonly<Record<string, number>>): string[] {
  return Object.entries(statuses).flatMap(([status, due]) =>
    compare(`answers ${status}`, answers.filter((answer) => String(answer.status) === status).length, due),
  );
}

/** Field lines that later steps need. */
function keepLines(
  answer: Answer,
  keep: NonNullable<RequestStep['keep']>,
): { readonly missing: string[]; readonly kept: Record<string, string> } {
  const lines = Object.entries(keep).map(([name, field]) => ({ name, field, values: valuesOf(answer, field) }));
  const missing = lines.filter(({ values }) => values.length !== 1);
  return {
    missing: missing.map(({ field, values }) => `${field} came ${values.length} times, should be once`),
    kept: Object.fromEntries(lines.map(({ name, values }) => [name, values[0] ?? ''])),
  };
}

function checkOne(
  answer: Answer,
  events: readonly AuditEvent[],
  alternatives: readonly Expectation[],
  sent: Sent,
  context: CaseContext,
): string[] {
  const instance = instanceOf(answer);
  const faults = applicable(alternatives, answer.status).map((expected) =>
    checkAnswer(answer, expected, sent, context.codes).concat(
      checkEvents(events, expected, sent, { now: context.clock.now, instance }),
      checkHidden(answer, events, expected.hides ?? []),
    ),
  );
  const best = faults.find((list) => list.length === 0) ?? faults[0] ?? [];
  const again = instance !== undefined && context.instances.has(instance) ? ['the instance was told before'] : [];
  if (instance !== undefined) context.instances.add(instance);
  return [
    ...best,
    ...again,
    ...checkLeaks(answer, events, sent.credentials),
    ...checkHidden(answer, events, sent.secrets),
  ];
}

/** Each answer with its event: that of its instance, or any that is left. */
function checkMany(
  answers: readonly Answer[],
  events: readonly AuditEvent[],
  alternatives: readonly Expectation[],
  sent: Sent,
  context: CaseContext,
): string[] {
  const left = [...events];
  for (const answer of answers) {
    const instance = instanceOf(answer);
    const found = left.findIndex(
      (event) => event.instance === instance && (event.status ?? answer.status) === answer.status,
    );
    const own = found === -1 ? [] : left.splice(found, 1);
    const faults = checkOne(answer, own, alternatives, sent, context);
    if (faults.length > 0) return faults;
  }
  return left.length === 0 ? [] : [`there are ${left.length} audit events more than answers`];
}

/** Of several alternatives those with the status that came, or the first where none has it. */
function applicable(alternatives: readonly Expectation[], status: number): readonly Expectation[] {
  const fitting = alternatives.filter((alternative) => alternative.status === status);
  return fitting.length > 0 ? fitting : alternatives.slice(0, 1);
}

function toSent(request: CaseRequest, filled: CaseRequest, { texts, byFetch }: CaseContext): Sent {
  return {
    method: filled.method,
    target: filled.target,
    body: Buffer.from(filled.body ?? '', 'utf8'),
    byFetch,
    credentials: credentialsIn(JSON.stringify(request), texts),
    secrets: secretsIn(JSON.stringify(request), texts),
  };
}
