import type { Failure, HeaderList } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Challenge, Scheme } from '../../contracts/scheme.js';
import { parseAuthorization } from '../../http/authorization.js';
import { errorParameters, formatChallenge, type ChallengeParameter } from '../../http/challenge.js';
import type { AccessTokenSettings } from './options.js';

/** A refusal that a challenge answers. */
export interface Refused {
  readonly failure: Failure | undefined;
  readonly request: AuthRequest | undefined;
}

type AuthScheme = 'Bearer' | 'DPoP';

// Decision: what a client of any library can sign with; all other asymmetric algorithms are taken as well.
const advertised = 'ES256 EdDSA PS256 RS256';
const schemesOf = {
  off: ['Bearer'],
  allow: ['Bearer', 'DPoP'],
  require: ['DPoP'],
} as const satisfies Readonly<Record<string, readonly AuthScheme[]>>;

/**
 * What a caller is told who needs an access token (RFC 6750 §3, RFC 9449 §7.1 and §7.2): a challenge of each scheme that the
 * token may come by, of which the one that it came by says the error.
 * @param realm that of `createAuth`
 */
export function accessTokenChallenge(settings: AccessTokenSettings, realm: string, refused: Refused): Challenge {
  const { failure } = refused;
  const accepted: readonly AuthScheme[] = schemesOf[settings.dpop];
  const blamed = accepted.length === 1 ? accepted : blamedOf(refused);
  // Whoever was proved, and may not, needs no other way to prove it.
  const named = failure?.code === 'insufficient-scope' ? blamed : accepted;
  const own = [['realm', settings.realm ?? realm]] as const;
  const headers: HeaderList = named.map((authScheme) => {
    const parameters: readonly ChallengeParameter[] = [
      ...own,
      ...(authScheme === 'DPoP' ? [['algs', advertised] as const] : []),
      ...(blamed.includes(authScheme) ? errorParameters(failure) : []),
      // RFC 9728 §5.1.
      ['resource_metadata', settings.resourceMetadata?.url],
    ];
    return ['www-authenticate', formatChallenge(authScheme, parameters)];
  });
  return { headers };
}

/** The schemes whose challenge says the error: both, where nobody can tell by which one the token came (RFC 9449 §7.2). */
function blamedOf({ failure, request }: Refused): readonly AuthScheme[] {
  const authorization = request && parseAuthorization(request);
  if (authorization?.kind === 'failure') return schemesOf.allow;
  // A bound token has to come by DPoP.
  return failure?.reason === 'bound-token-as-bearer' ||
    (authorization?.kind === 'authorization' && authorization.authScheme === 'dpop')
    ? ['DPoP']
    : ['Bearer'];
}

/** The member of a scheme that publishes metadata; nothing where it publishes none. */
export function publishing({ resourceMetadata }: AccessTokenSettings): Pick<Scheme, 'resourceMetadata'> {
  return resourceMetadata === undefined ? {} : { resourceMetadata: resourceMetadata.document };
}
