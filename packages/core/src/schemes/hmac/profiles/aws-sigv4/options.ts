import { Faults } from '../../../../errors/faults.js';
import { readProfileKeys, type LiveKey, type ProfileKey } from '../../keys.js';
import {
  checkProfileOptions,
  profileMembers,
  type ProfileOptions,
  type ProfileSettings,
} from '../../profile-options.js';
import type { PathStyle } from './canonical-request.js';
import { SigningKeys, type Region } from './signing-key.js';

/** Options of `hmac()` for AWS Signature Version 4. */
export interface SigV4Options extends ProfileOptions {
  readonly profile: 'aws-sigv4';
  /** The one region that requests must be signed for: `eu-west-1`. */
  readonly region: string;
  /** The one service: `execute-api`. With `s3` and its kin paths are encoded once and stay as they are; with all others they are normalised. */
  readonly service: string;
  /** `keyid` is the access key id, `secret` the secret access key. One `keyid` twice is two live secrets. */
  readonly keys: readonly ProfileKey[];
  /** Takes signatures from the query too: whoever sees such a URL can use it, for at most 900 seconds. */
  readonly allowPresigned?: boolean;
  /** Takes requests whose body is not signed (`UNSIGNED-PAYLOAD`): whoever stands between can change it. */
  readonly allowUnsignedPayload?: boolean;
}

/** Options of the profile, checked and filled in. */
export interface SigV4Settings extends ProfileSettings {
  readonly where: Region;
  readonly pathStyle: PathStyle;
  /** By access key id. */
  readonly keys: ReadonlyMap<string, readonly LiveKey<SigningKeys>[]>;
  readonly allowPresigned: boolean;
  readonly allowUnsignedPayload: boolean;
}

const s3Services: ReadonlySet<string> = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);
const scopePart = /^[A-Za-z0-9-]{1,64}$/;
const looks = 'the secret access key';

/** How paths are signed for a service. */
export const pathStyleOf = (service: string): PathStyle => (s3Services.has(service) ? 'as-sent' : 'normalized');

/** @throws ConfigurationError with every fault of the options; none shows a secret. */
export function checkSigV4Options(options: SigV4Options): SigV4Settings {
  const faults = new Faults();
  faults.addUnknown(options, [...profileMembers, 'region', 'service', 'allowPresigned', 'allowUnsignedPayload']);
  const { allowPresigned = false, allowUnsignedPayload = false } = options;
  const where = checkRegion(options, faults);
  for (const [name, flag] of Object.entries({ allowPresigned, allowUnsignedPayload }))
    if (typeof flag !== 'boolean') faults.add(name, 'invalid-option', 'must be true or false');
  const entries = readProfileKeys(
    options.keys,
    { keyid: 'required', looks, import: (secret) => new SigningKeys(secret, where) },
    faults,
  );
  const shared = checkProfileOptions(options, faults);
  for (const [index, { keyid }] of entries.entries())
    if (keyid?.includes('/') === true)
      faults.add(`keys[${index}].keyid`, 'invalid-option', 'must hold no slash: it ends the name in a credential');
  faults.throwIfAny();
  return {
    where,
    pathStyle: pathStyleOf(where.service),
    keys: byKeyid(entries),
    ...shared,
    allowPresigned,
    allowUnsignedPayload,
  };
}

function byKeyid<K extends LiveKey<unknown>>(entries: readonly K[]): ReadonlyMap<string, readonly K[]> {
  const keys = new Map<string, K[]>();
  for (const entry of entries) keys.set(entry.keyid!, [...(keys.get(entry.keyid!) ?? []), entry]);
  return keys;
}

/** Checks where a key is good: of a verifier, or of a signer. */
export function checkRegion({ region, service }: Partial<Region>, faults: Faults): Region {
  for (const [name, text] of Object.entries({ region, service }))
    if (typeof text !== 'string' || !scopePart.test(text))
      faults.add(
        name,
        'invalid-option',
        'must be 1 to 64 letters, digits and hyphens, as it stands in the credential scope',
      );
  return { region: region!, service: service! };
}
