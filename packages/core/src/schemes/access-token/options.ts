import type { ConfirmationMode } from '../../contracts/scheme.js';
import type { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import type { AccessTokenParameter } from './bearer.js';
import {
  checkSenderConstraint,
  senderConstraintMembers,
  type SenderConstraint,
  type SenderConstraintOptions,
} from './sender-constraint.js';

/** What every scheme takes that reads an access token of OAuth 2.0, whatever form the token has. */
export interface AccessTokenOptions extends SenderConstraintOptions {
  /** Default `refuse`. */
  readonly accessTokenParameter?: AccessTokenParameter;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** `AccessTokenOptions`, checked and filled in. */
export interface AccessTokenSettings {
  readonly accessTokenParameter: AccessTokenParameter;
  readonly realm: string | undefined;
  readonly dpop: ConfirmationMode;
  /** For the scheme to state as it stands. */
  readonly senderConstraint: SenderConstraint;
}

export const accessTokenMembers = [
  'accessTokenParameter', 'realm', ...senderConstraintMembers,
] as const satisfies readonly (keyof AccessTokenOptions)[]; // prettier-ignore

/** The tolerance is checked by whoever has it for tokens; proofs take it over. */
type CheckedOptions = AccessTokenOptions & { readonly clockToleranceSeconds?: number };

/** Adds every fault to `faults`. */
export function checkAccessTokenOptions(options: CheckedOptions, faults: Faults): AccessTokenSettings {
  const { accessTokenParameter = 'refuse', realm, dpop = 'off', clockToleranceSeconds = 5 } = options;
  if (accessTokenParameter !== 'refuse' && accessTokenParameter !== 'ignore')
    faults.add('accessTokenParameter', 'invalid-option', 'must be "refuse" or "ignore"');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  return {
    accessTokenParameter,
    realm,
    dpop,
    senderConstraint: checkSenderConstraint(options, clockToleranceSeconds, faults),
  };
}
