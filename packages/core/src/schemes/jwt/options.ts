import type { JsonObject } from '../../base/strict-json.js';
import type { Jwk } from '../../contracts/key.js';
import { Faults } from '../../errors/faults.js';
import {
  accessTokenMembers,
  checkAccessTokenOptions,
  type AccessTokenOptions,
  type AccessTokenSettings,
} from '../access-token/options.js';
import type { TokenProfile } from './claims.js';
import { checkIssuerOptions, issuerMembers, type IssuerOptions, type IssuerSettings } from './issuer-options.js';
import { checkDecryptionKeys } from './decryption-keys.js';
import type { DecryptionKey } from './encrypted-token.js';
import { HeaderMemory } from './token.js';

/** What belongs to the scheme, whoever issued the token. */
export interface JwtSchemeOptions<Claims extends object = JsonObject> extends AccessTokenOptions {
  /**
   * Private keys (JWK, each with its one `alg`) for signed tokens that come encrypted (RFC 7519 §5.2): RSA-OAEP with SHA-2, or
   * ECDH-ES. Unset: an encrypted token is none of ours.
   */
  readonly decryptionKeys?: readonly Jwk[];
  /** Gives the claims of a verified token their type: what it answers is `principal.claims`. Default: the whole payload. */
  readonly claims?: (claims: JsonObject) => Claims;
}

/** Options of `jwt()` for one issuer. */
export interface OneIssuerOptions<Claims extends object = JsonObject> extends JwtSchemeOptions<Claims>, IssuerOptions {
  readonly issuers?: never;
}

/** Options of `jwt()` for several issuers. What stands beside `issuers` holds for each that says nothing else. */
export interface ManyIssuersOptions<Claims extends object = JsonObject>
  extends JwtSchemeOptions<Claims>, Partial<Omit<IssuerOptions, OwnMember>>, Partial<Record<OwnMember, never>> {
  /** Each with its own keys; which of them a token is from, its `iss` says, before anything is fetched. */
  readonly issuers: readonly (Omit<IssuerOptions, 'audience'> & Partial<Pick<IssuerOptions, 'audience'>>)[];
}

/** What no issuer can share with another. */
type OwnMember = 'issuer' | 'jwks' | 'jwksUri' | 'secretBase64';

/** Options of `jwt()`. */
export type JwtOptions<Claims extends object = JsonObject> = OneIssuerOptions<Claims> | ManyIssuersOptions<Claims>;

/** Options of `jwt()`, checked and filled in. */
export interface JwtSettings {
  /** By `iss`. */
  readonly issuers: ReadonlyMap<string, IssuerSettings>;
  /** The least strict of the issuers: what none of them takes is no token for this scheme. */
  readonly profile: TokenProfile;
  readonly accessToken: AccessTokenSettings;
  readonly headers: HeaderMemory;
  /** Empty where no encrypted token is taken. */
  readonly decryptionKeys: readonly DecryptionKey[];
}

const schemeMembers = [...accessTokenMembers, 'decryptionKeys', 'claims'] as const;
const ownMembers: readonly OwnMember[] = ['issuer', 'jwks', 'jwksUri', 'secretBase64'];

/** @throws ConfigurationError with every fault of the options. */
export function checkJwtOptions(options: JwtOptions<object>): JwtSettings {
  const faults = new Faults();
  faults.addUnknown(options, [...issuerMembers, 'issuers', ...schemeMembers]);
  const issuers =
    options.issuers === undefined
      ? faults.within('', () => [checkIssuerOptions(options)])
      : checkIssuers(options, faults);
  const accessToken = checkAccessTokenOptions(options, faults);
  if (options.claims !== undefined && typeof options.claims !== 'function')
    faults.add('claims', 'invalid-option', 'must be a function');
  const decryptionKeys = checkDecryptionKeys(options.decryptionKeys, faults);
  faults.throwIfAny();
  return {
    issuers: new Map(issuers!.map((each) => [each.issuer, each])),
    profile: issuers!.every(({ profile }) => profile === 'rfc9068') ? 'rfc9068' : 'generic',
    accessToken,
    headers: new HeaderMemory(),
    decryptionKeys,
  };
}

function checkIssuers(options: ManyIssuersOptions<object>, faults: Faults): readonly IssuerSettings[] {
  const { issuers, ...others } = options;
  for (const name of ownMembers)
    if (others[name] !== undefined)
      faults.add(name, 'contradicting-options', 'stands beside issuers: write it in the entry that it belongs to');
  if (!Array.isArray(issuers) || issuers.length === 0) {
    faults.add('issuers', 'issuer-required', 'must be a list: [{ issuer: "https://issuer.example", audience: "…" }]');
    return [];
  }
  const shared = Object.fromEntries(
    Object.entries(others).filter(([name]) => !ownMembers.includes(name as OwnMember)),
  ) as Partial<IssuerOptions>;
  const seen = new Set<unknown>();
  return (issuers as ManyIssuersOptions['issuers']).flatMap((entry, index) => {
    const path = `issuers[${index}]`;
    if (typeof entry !== 'object' || entry === null) {
      faults.add(path, 'invalid-option', 'must be an object: { issuer: "https://issuer.example", audience: "…" }');
      return [];
    }
    if (seen.has(entry.issuer))
      faults.add(`${path}.issuer`, 'duplicate-issuer', 'stands twice; write one entry with all its keys');
    seen.add(entry.issuer);
    return faults.within(path, () => checkEntry(shared, entry)) ?? [];
  });
}

/** @throws ConfigurationError with every fault of one entry. */
function checkEntry(shared: Partial<IssuerOptions>, entry: ManyIssuersOptions['issuers'][number]): IssuerSettings {
  const faults = new Faults();
  faults.addUnknown(entry, issuerMembers);
  const settings = faults.within('', () => checkIssuerOptions({ ...shared, ...entry } as IssuerOptions));
  faults.throwIfAny();
  return settings!;
}
