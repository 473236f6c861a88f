import type { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import type { AccessTokenParameter } from './bearer.js';

/** What every scheme takes that reads an access token of OAuth 2.0, whatever form the token has. */
export interface AccessTokenOptions {
  /** Default `refuse`. */
  readonly accessTokenParameter?: AccessTokenParameter;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** `AccessTokenOptions`, checked and filled in. */
export interface AccessTokenSettings {
  readonly accessTokenParameter: AccessTokenParameter;
  readonly realm: string | undefined;
}

export const accessTokenMembers = [
  'accessTokenParameter', 'realm',
] as const satisfies readonly (keyof AccessTokenOptions)[]; // prettier-ignore

/** Adds every fault to `faults`. */
export function checkAccessTokenOptions(options: AccessTokenOptions, faults: Faults): AccessTokenSettings {
  const { accessTokenParameter = 'refuse', realm } = options;
  if (accessTokenParameter !== 'refuse' && accessTokenParameter !== 'ignore')
    faults.add('accessTokenParameter', 'invalid-option', 'must be "refuse" or "ignore"');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  return { accessTokenParameter, realm };
}
