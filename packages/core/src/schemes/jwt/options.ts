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
import { IssuerResolver, type ResolveIssuer } from './issuer-resolver.js';
import { Issuers } from './issuers.js';
import { isTemplate, TenantIssuers } from './tenant-issuers.js';
import type { DecryptionKey } from './encrypted-token.js';
import { SignatureMemory } from './signature-memory.js';
import { HeaderMemory } from './token.js';

/** What belongs to the scheme, whoever issued the token. */
export interface JwtSchemeOptions<Claims extends object = JsonObject> extends AccessTokenOptions {
  /**
   * Private keys (JWK, each with its one `alg`) for signed tokens that come encrypted (RFC 7519 §5.2): RSA-OAEP with SHA-2, or
   * ECDH-ES. Unset: an encrypted token is none of ours.
   */
  readonly decryptionKeys?: readonly Jwk[];
  /**
   * Finds issuers that do not stand in the options, at run time: a look-up in a list of your own. Each that it answers needs `jwks`,
   * `jwksUri` or `secretBase64`; the rest may stand here. Asked once in five minutes for a known issuer, in 30 seconds for another.
   */
  readonly resolveIssuer?: ResolveIssuer;
  /**
   * How many tokens are remembered whose signature was good: such a token costs a hash when it comes again. All else about it is judged
   * each time. Default 10000; 0 remembers none.
   */
  readonly maxRememberedSignatures?: number;
  /** Gives the claims of a verified token their type: what it answers is `principal.claims`. Default: the whole payload. */
  readonly claims?: (claims: JsonObject) => Claims;
}

/** Options of `jwt()` for one issuer. */
export interface OneIssuerOptions<Claims extends object = JsonObject> extends JwtSchemeOptions<Claims>, IssuerOptions {
  readonly issuers?: never;
  /**
   * Makes `issuer` (and `jwksUri`) a template, `https://login.example/{tenant}/v2.0`: these tenants' tokens are taken, and no
   * other's. The tenant stands in `principal.tenant`.
   */
  readonly tenants?: readonly string[];
}

/** Options of `jwt()` for several issuers. What stands beside `issuers` holds for each that says nothing else. */
export interface ManyIssuersOptions<Claims extends object = JsonObject>
  extends JwtSchemeOptions<Claims>, Partial<Omit<IssuerOptions, OwnMember>>, Partial<Record<OwnMember, never>> {
  /** Each with its own keys; which of them a token is from, its `iss` says, before anything is fetched. */
  readonly issuers: readonly (Omit<IssuerOptions, 'audience'> &
    Partial<Pick<IssuerOptions, 'audience'>> &
    Pick<OneIssuerOptions, 'tenants'>)[];
}

/** Options of `jwt()` where every issuer is found at run time. What stands beside `resolveIssuer` holds for each that says nothing else. */
export interface ResolvedIssuersOptions<Claims extends object = JsonObject>
  extends JwtSchemeOptions<Claims>, Partial<Omit<IssuerOptions, OwnMember>>, Partial<Record<OwnMember, never>> {
  readonly issuers?: never;
  readonly resolveIssuer: ResolveIssuer;
}

/** What no issuer can share with another. */
type OwnMember = 'issuer' | 'jwks' | 'jwksUri' | 'secretBase64';

/** Options of `jwt()`. */
export type JwtOptions<Claims extends object = JsonObject> =
  | OneIssuerOptions<Claims>
  | ManyIssuersOptions<Claims>
  | ResolvedIssuersOptions<Claims>;

/** Options of `jwt()`, checked and filled in. */
export interface JwtSettings {
  readonly issuers: Issuers;
  /** The least strict of the issuers: what none of them takes is no token for this scheme. */
  readonly profile: TokenProfile;
  readonly accessToken: AccessTokenSettings;
  readonly headers: HeaderMemory;
  readonly signatures: SignatureMemory;
  /** Empty where no encrypted token is taken. */
  readonly decryptionKeys: readonly DecryptionKey[];
}

const schemeMembers = [
  ...accessTokenMembers,
  'decryptionKeys',
  'resolveIssuer',
  'maxRememberedSignatures',
  'claims',
] as const;
const entryMembers = [...issuerMembers, 'tenants'] as const;
const ownMembers: readonly OwnMember[] = ['issuer', 'jwks', 'jwksUri', 'secretBase64'];

/** An issuer, or several that a template stands for. */
type Entry = IssuerSettings | TenantIssuers;

/** @throws ConfigurationError with every fault of the options. */
export function checkJwtOptions(options: JwtOptions<object>): JwtSettings {
  const faults = new Faults();
  faults.addUnknown(options, [...entryMembers, 'issuers', ...schemeMembers]);
  const { resolveIssuer, claims, maxRememberedSignatures = 10_000, allowInsecureHttp = false } = options;
  for (const [name, value] of Object.entries({ resolveIssuer, claims }))
    if (value !== undefined && typeof value !== 'function') faults.add(name, 'invalid-option', 'must be a function');
  if (!Number.isInteger(maxRememberedSignatures) || maxRememberedSignatures < 0 || maxRememberedSignatures > 1e6)
    faults.add('maxRememberedSignatures', 'invalid-option', 'must be a whole number from 0 to 1000000');
  const entries = checkEntries(options, faults);
  const named = entries.filter((entry): entry is IssuerSettings => !(entry instanceof TenantIssuers));
  const tenants = entries.filter((entry) => entry instanceof TenantIssuers);
  const accessToken = checkAccessTokenOptions(options, faults, { ...guardedBy(entries, options), allowInsecureHttp });
  const decryptionKeys = checkDecryptionKeys(options.decryptionKeys, faults);
  faults.throwIfAny();
  const resolver = resolveIssuer && new IssuerResolver(resolveIssuer, sharedOf(options));
  const all = [...named, ...tenants.flatMap(({ known }) => known)];
  const strict =
    resolver === undefined ? all.every(({ profile }) => profile === 'rfc9068') : options.profile === 'rfc9068';
  return {
    issuers: new Issuers(named, { tenants, resolver }),
    profile: strict ? 'rfc9068' : 'generic',
    accessToken,
    headers: new HeaderMemory(),
    signatures: new SignatureMemory(maxRememberedSignatures),
    decryptionKeys,
  };
}

/** For the metadata: the API is known by one name, whoever issues tokens for it. */
function guardedBy(
  entries: readonly Entry[],
  { audience = [] }: JwtOptions<object>,
): { readonly audience: readonly string[]; readonly issuers: readonly string[] } {
  const settings = entries.flatMap((entry) => (entry instanceof TenantIssuers ? entry.known : [entry]));
  const audiences = settings.length === 0 ? [audience].flat() : settings.flatMap((each) => each.audience);
  return { audience: audiences, issuers: settings.map(({ issuer }) => issuer) };
}

function checkEntries(options: JwtOptions<object>, faults: Faults): readonly Entry[] {
  if (options.issuers !== undefined) return checkIssuers(options, faults);
  const { issuer, resolveIssuer } = options as Partial<OneIssuerOptions<object>>;
  // Whoever resolves all of them names none.
  if (issuer === undefined && resolveIssuer !== undefined) return [];
  return faults.within('', () => [checkOne(options as OneIssuerOptions<object>)]) ?? [];
}

/** @throws ConfigurationError with every fault */
function checkOne(options: IssuerOptions & { readonly tenants?: readonly string[] }): Entry {
  return options.tenants === undefined && !isTemplate(options.issuer)
    ? checkIssuerOptions(options)
    : new TenantIssuers(options, options.tenants);
}

const sharedOf = (options: object): Partial<IssuerOptions> =>
  Object.fromEntries(
    Object.entries(options).filter(
      ([name]) => issuerMembers.includes(name as keyof IssuerOptions) && !ownMembers.includes(name as OwnMember),
    ),
  ) as Partial<IssuerOptions>;

function checkIssuers(options: ManyIssuersOptions<object>, faults: Faults): readonly Entry[] {
  const { issuers, ...others } = options;
  for (const name of [...ownMembers, 'tenants'])
    if ((others as Record<string, unknown>)[name] !== undefined)
      faults.add(name, 'contradicting-options', 'stands beside issuers: write it in the entry that it belongs to');
  if (!Array.isArray(issuers) || issuers.length === 0) {
    faults.add('issuers', 'issuer-required', 'must be a list: [{ issuer: "https://issuer.example", audience: "…" }]');
    return [];
  }
  const shared = sharedOf(others);
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
function checkEntry(shared: Partial<IssuerOptions>, entry: ManyIssuersOptions['issuers'][number]): Entry {
  const faults = new Faults();
  faults.addUnknown(entry, entryMembers);
  const settings = faults.within('', () => checkOne({ ...shared, ...entry } as IssuerOptions));
  faults.throwIfAny();
  return settings!;
}
