import type { Failure } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Extracted } from '../contracts/scheme.js';
import type { Refusal } from './refusal.js';
import type { RequestRecord } from './request-record.js';
import type { Plan } from './requirement.js';
import type { Settings } from './settings.js';

type Credentials = Extract<Extracted<unknown>, { kind: 'credentials' }>;

/** The credentials that were sent, by slot; undefined where a scheme found none of its own. */
export type Selection = readonly (Credentials | undefined)[];

/**
 * Judges the format of everything that the schemes of a route find in the request: no store, no cryptography.
 * Malformed credentials are refused; so is what stands in a scheme's field and is nobody's.
 */
export function selectSchemes(
  plan: Plan,
  request: AuthRequest,
  record: RequestRecord,
  { limits, clientCertificates }: Pick<Settings, 'limits' | 'clientCertificates'>,
): Selection | Refusal {
  const extracted = plan.slots.map(({ name, scheme }) => {
    let found = record.extracted.get(name);
    if (found === undefined) record.extracted.set(name, (found = scheme.extract(request, limits, clientCertificates)));
    return found;
  });
  const failed = extracted.findIndex((found) => found.kind === 'failure');
  if (failed !== -1) return { kind: 'refusal', failure: extracted[failed] as Failure, slot: failed };
  for (const [slot, found] of extracted.entries()) {
    if (
      found.kind === 'foreign' &&
      !extracted.some((other) => other.kind === 'credentials' && other.field === found.field)
    ) {
      return { kind: 'refusal', failure: found.failure, slot };
    }
  }
  return extracted.map((found) => (found.kind === 'credentials' ? found : undefined));
}
