import type { ControlStep, JsonObject } from '../case.js';
import { compare } from '../check/compare.js';
import { replaceIn } from '../placeholders.js';
import type { CaseContext, ServerClock, StepResult } from '../run-case.js';
import { textOf, within } from '../server.js';

/** Gives a command to the server, and checks what it answers. */
export async function runControl({ control, expect = {} }: ControlStep, context: CaseContext): Promise<StepResult> {
  const { server, texts, timeoutMs, clock } = context;
  const command = replaceIn(control, texts);
  const expected = replaceIn(expect, texts);
  try {
    const doing = Promise.resolve().then(() => server.control?.(command));
    const told = await within(doing, timeoutMs, 'control()');
    if (told === undefined) return { faults: ['the server takes no commands'] };
    const { status, answer } = told;
    if (status === 200) moveClock(clock, command);
    const faults = [
      ...compare('status of the command', status, expected.status ?? 200),
      ...(expected.hides ?? []).flatMap((text, index) =>
        JSON.stringify(answer).includes(text) ? [`hides[${index}] is shown by the answer`] : [],
      ),
      ...Object.entries(expected.answer ?? {}).flatMap(([name, value]) =>
        compare(`answer.${name}`, answer[name], value),
      ),
    ];
    return { faults: faults.length > 0 ? [...faults, JSON.stringify(answer)] : [], told: { control: textsOf(answer) } };
  } catch (error) {
    return { faults: [textOf(error)] };
  }
}

const textsOf = (answer: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(answer).filter((member): member is [string, string] => typeof member[1] === 'string'),
  );

/** The times of events follow the clock that was moved. */
function moveClock(clock: ServerClock, command: JsonObject | null): void {
  const moved = command?.['clock'] as { readonly advanceSeconds?: number; readonly offsetSeconds?: number } | undefined;
  if (moved?.advanceSeconds !== undefined) clock.now += moved.advanceSeconds * 1000;
  if (moved?.offsetSeconds !== undefined) clock.now = clock.startedAt + moved.offsetSeconds * 1000;
}
