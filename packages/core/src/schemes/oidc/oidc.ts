import type { JsonObject } from '../../base/strict-json.js';
import type { Scheme } from '../../contracts/scheme.js';
import { Faults } from '../../errors/faults.js';
import type { ExchangeFetch } from '../../http/exchange.js';
import { jwt, type JwtCredentials, type OneIssuerOptions } from '../jwt/index.js';
import type { RelyingPartyOptions } from './options.js';
import { createRelyingParty, type RelyingParty } from './relying-party.js';

/** Options of `oidc()`: those of `jwt()` for one issuer whose keys are found by discovery. */
export interface OidcOptions<Claims extends object = JsonObject> extends Omit<
  OneIssuerOptions<Claims>,
  'jwks' | 'jwksUri' | 'secretBase64' | 'issuers' | 'tenants' | 'resolveIssuer' | 'fetch'
> {
  /** Asks the issuer; default: the global `fetch`, as it is when it is used. */
  readonly fetch?: ExchangeFetch;
}

/** What `oidc()` answers: a scheme for access tokens, and the way to log people in at the same issuer. */
export interface OidcScheme<Claims extends object = JsonObject> extends Scheme<'oidc', Claims, JwtCredentials> {
  readonly issuer: string;
  /** A relying party of this issuer, asked and believed as this scheme asks and believes it. @throws ConfigurationError */
  relyingParty(options: PartyOfScheme): RelyingParty;
}

/** What the scheme says already is not said again. */
export type PartyOfScheme = Omit<RelyingPartyOptions, (typeof shared)[number]>;

const shared = ['issuer', 'algorithms', 'clockToleranceSeconds', 'allowInsecureHttp', 'fetch'] as const;
const notOurs = ['jwks', 'jwksUri', 'secretBase64', 'issuers', 'tenants', 'resolveIssuer'] as const;

/**
 * Makes a scheme that takes bearer access tokens of one issuer, whose metadata and keys are found by discovery (RFC 6750, RFC 9068,
 * OpenID Connect Discovery 1.0).
 *
 * Checks: as `jwt()`. An ID token is never taken: it is for the application that people log in to, not for an API.
 * @throws ConfigurationError with every fault of the options
 * @example
 * const sso = oidc({ issuer: 'https://issuer.example', audience: 'https://api.example' });
 * const party = sso.relyingParty({ clientId, clientSecret, redirectUri: 'https://app.example/auth/callback', secretBase64 });
 */
export function oidc<Claims extends object = JsonObject>(options: OidcOptions<Claims>): OidcScheme<Claims> {
  const faults = new Faults();
  for (const name of notOurs)
    if ((options as Partial<OneIssuerOptions>)[name] !== undefined)
      faults.add(name, 'contradicting-options', 'is for jwt(): here the keys are found by discovery from the issuer');
  faults.throwIfAny();
  const { issuer } = options;
  const common = Object.fromEntries(
    shared.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const])),
  ) as Pick<RelyingPartyOptions, 'issuer'>;
  return Object.freeze({
    ...jwt<Claims>(options),
    type: 'oidc',
    issuer,
    relyingParty: (party: PartyOfScheme) => createRelyingParty({ ...party, ...common }),
  } satisfies OidcScheme<Claims>);
}
