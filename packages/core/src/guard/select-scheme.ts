import { after, all, isPromise } from '../base/awaitable.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Extracted } from '../contracts/scheme.js';
import type { Refusal } from './refusal.js';
import type { RequestRecord } from './request-record.js';
import type { Plan, Slot } from './requirement.js';
import type { Settings } from './settings.js';

type Credentials = Extract<Extracted<unknown>, { kind: 'credentials' }>;

/** The credentials that were sent, by slot; undefined where a scheme found none of its own. */
export type Selection = readonly (Credentials | undefined)[];

/**
 * Judges the format of everything that the schemes of a route find in the request: no store, no cryptography.
 * Malformed credentials are refused; so is what stands in a scheme's field and is nobody's.
 * @returns at once, unless a scheme reads the body
 */
export function selectSchemes(
  plan: Plan,
  request: AuthRequest,
  record: RequestRecord,
  { limits, clientCertificates }: Pick<Settings, 'limits' | 'clientCertificates'>,
): Awaitable<Selection | Refusal> {
  const extractOnce = ({ name, scheme }: Slot): Awaitable<Extracted<unknown>> => {
    const known = record.extracted.get(name);
    if (known !== undefined) return known;
    const found = scheme.extract(request, limits, clientCertificates);
    record.extracted.set(name, found);
    return isPromise(found)
      ? found.then((late) => {
          record.extracted.set(name, late);
          return late;
        })
      : found;
  };
  return after(all(plan.slots.map(extractOnce)), select);
}

function select(extracted: readonly Extracted<unknown>[]): Selection | Refusal {
  for (const [slot, found] of extracted.entries())
    if (found.kind === 'failure') return { kind: 'refusal', failure: found, slot };
  const selected = extracted.map((found) =>
    found.kind === 'credentials' && !(found.rest === true && isClaimed(found, extracted)) ? found : undefined,
  );
  for (const [slot, found] of extracted.entries()) {
    if (found.kind === 'foreign' && !selected.some((other) => other?.field === found.field))
      return { kind: 'refusal', failure: found.failure, slot };
  }
  return selected;
}

/** Whether what stands in a field has the form of another scheme's. */
function isClaimed(rest: Credentials, extracted: readonly Extracted<unknown>[]): boolean {
  return extracted.some((other) => {
    if (other === rest) return false;
    if (other.kind === 'credentials') return other.field === rest.field && other.rest !== true;
    return other.kind === 'foreign' && other.field === rest.field && other.claimed === true;
  });
}
