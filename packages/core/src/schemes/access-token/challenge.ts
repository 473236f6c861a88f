import type { Failure } from '../../contracts/failure.js';
import type { Challenge } from '../../contracts/scheme.js';
import { errorParameters, formatChallenge } from '../../http/challenge.js';
import type { AccessTokenSettings } from './options.js';

/**
 * What a caller is told who needs an access token (RFC 6750 §3).
 * @param realm that of `createAuth`
 */
export function accessTokenChallenge(settings: AccessTokenSettings, realm: string, failed?: Failure): Challenge {
  const parameters = [['realm', settings.realm ?? realm] as const, ...errorParameters(failed)];
  return { headers: [['www-authenticate', formatChallenge('Bearer', parameters)]] };
}
