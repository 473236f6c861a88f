import type { Failure } from '../../contracts/failure.js';
import type { Challenge, Scheme } from '../../contracts/scheme.js';
import { errorParameters, formatChallenge } from '../../http/challenge.js';
import type { AccessTokenSettings } from './options.js';

/**
 * What a caller is told who needs an access token (RFC 6750 §3).
 * @param realm that of `createAuth`
 */
export function accessTokenChallenge(settings: AccessTokenSettings, realm: string, failed?: Failure): Challenge {
  const parameters = [
    ['realm', settings.realm ?? realm] as const,
    ...errorParameters(failed),
    // RFC 9728 §5.1.
    ['resource_metadata', settings.resourceMetadata?.url] as const,
  ];
  return { headers: [['www-authenticate', formatChallenge('Bearer', parameters)]] };
}

/** The member of a scheme that publishes metadata; nothing where it publishes none. */
export function publishing({ resourceMetadata }: AccessTokenSettings): Pick<Scheme, 'resourceMetadata'> {
  return resourceMetadata === undefined ? {} : { resourceMetadata: resourceMetadata.document };
}
