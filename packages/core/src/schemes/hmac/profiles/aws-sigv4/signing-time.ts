import type { Failure } from '../../../../contracts/failure.js';
import type { AuthRequest } from '../../../../contracts/request.js';
import { failure } from '../../../../errors/failures.js';
import type { SigV4Credentials } from './credentials.js';
import { isSameDate, parseAmzDate } from './timestamp.js';

/** When a request says it was signed, and found to be near. */
export interface SigningTime {
  /** As it was written. */
  readonly amzDate: string;
  /** Seconds since the epoch: from then on it is refused by its time. */
  readonly until: number;
}

/**
 * Finds the time of a request and judges it: `X-Amz-Date`, in a field or in the query. A `Date` field beside it must name the same
 * second; alone it is not taken.
 */
export function findSigningTime(
  { presigned }: SigV4Credentials,
  { headers }: AuthRequest,
  { now, maxAgeSeconds }: { readonly now: number; readonly maxAgeSeconds: number },
): SigningTime | Failure {
  const lines = headers.getAll('x-amz-date');
  const [amzDate, ...others] = presigned === undefined ? lines : [presigned.amzDate, ...lines];
  const at = amzDate === undefined || others.length > 0 ? undefined : parseAmzDate(amzDate);
  if (at === undefined || !headers.getAll('date').every((date) => isSameDate(date, at)))
    return failure('signature-stale');
  if (at - now > maxAgeSeconds) return failure('signature-stale');
  if (presigned !== undefined)
    return now - at > presigned.expiresSeconds
      ? failure('signature-expired')
      : { amzDate: amzDate!, until: at + presigned.expiresSeconds + 1 };
  return now - at > maxAgeSeconds ? failure('signature-stale') : { amzDate: amzDate!, until: at + maxAgeSeconds + 1 };
}
