import type { AlertsStep, ExpectedAlert } from '../case.js';
import { compare } from '../check/compare.js';
import type { CaseContext } from '../run-case.js';
import { textOf } from '../server.js';

/** Checks the alerts of the server since its start. */
export async function checkAlerts({ alerts: expected }: AlertsStep, { events }: CaseContext): Promise<string[]> {
  try {
    const alerts = await events.alerts(expected.length);
    return [
      ...compare('number of alerts', alerts.length, expected.length),
      ...expected.flatMap((one, index) =>
        Object.entries(one).flatMap(([name, value]) =>
          compare(`alert ${index + 1}.${name}`, alerts[index]?.[name as keyof ExpectedAlert], value),
        ),
      ),
    ];
  } catch (error) {
    return [textOf(error)];
  }
}
