import type { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';

/** Options that every profile of `hmac()` has. */
export interface ProfileOptions {
  /** Seconds that a message may be off, either way, 1 to 3600; default 300. */
  readonly maxAgeSeconds?: number;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** Those, checked and filled in. */
export interface ProfileSettings {
  readonly maxAgeSeconds: number;
  readonly realm: string | undefined;
}

export const profileMembers = ['profile', 'keys', 'maxAgeSeconds', 'realm'] as const;

/** Checks what every profile has. */
export function checkProfileOptions({ maxAgeSeconds = 300, realm }: ProfileOptions, faults: Faults): ProfileSettings {
  if (!(Number.isFinite(maxAgeSeconds) && maxAgeSeconds >= 1 && maxAgeSeconds <= 3600))
    faults.add('maxAgeSeconds', 'invalid-option', 'must be a number of seconds from 1 to 3600');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  return { maxAgeSeconds, realm };
}
