import { toUtf8 } from '../../base/bytes.js';
import { parseTime } from '../../base/time.js';
import type { Clock } from '../../contracts/clock.js';
import type { NoClaims } from '../../contracts/principal.js';
import type { VerifiedPrincipal } from '../../contracts/scheme.js';
import { Faults } from '../../errors/faults.js';

/** A shared secret, and who holds it. Two entries of one holder are two live secrets: rotation. */
export interface ProfileKey {
  /** Name of the key: what `aws-sigv4` calls the access key id. Of webhooks, for events alone. */
  readonly keyid?: string;
  /** As its giver writes it, at least 16 bytes. It is not kept but in the platform's own form. */
  readonly secret: string;
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  /** Seconds since the epoch, or RFC 3339 text: from then on it is refused. */
  readonly notAfter?: number | string;
  readonly revoked?: boolean;
}

/** A key whose holder may have a key pair: exactly one of `secret` and `publicKey`. */
export interface PublicProfileKey extends Omit<ProfileKey, 'secret'> {
  readonly secret?: string;
  /** As its giver writes it. */
  readonly publicKey?: string;
}

/** A key of the options, checked: what it signs with, and whom it proves. */
export interface LiveKey<Material> {
  readonly material: Material;
  readonly keyid: string | undefined;
  readonly revoked: boolean;
  readonly notAfter: number | undefined;
  readonly principal: VerifiedPrincipal<NoClaims>;
}

/** How a profile takes secrets. */
export interface KeyForm<Material> {
  readonly keyid: 'required' | 'optional';
  /** The bytes of a secret as its giver writes it; undefined where it is none. */
  readonly decode?: (secret: string) => Uint8Array | undefined;
  /** What a secret looks like, for whoever wrote another. */
  readonly looks: string;
  readonly import: (secret: Uint8Array) => Material;
  /** Set where a key may have `publicKey` in place of `secret`. */
  readonly publicKey?: Pick<KeyForm<Material>, 'looks' | 'import'> & {
    readonly decode: (text: string) => Uint8Array | undefined;
  };
}

// Decision: 128 bits. Those who hand out secrets give 18 bytes and more; what is shorter was made up by somebody.
const shortestSecret = 16;
// Every key of a webhook is tried.
const maxKeys = 16;
const noClaims: NoClaims = Object.freeze({});
const members = ['keyid', 'secret', 'subject', 'scopes', 'roles', 'notAfter', 'revoked'];

/** Whether a key is good now; else it is as revoked. */
export function isLive({ revoked, notAfter }: LiveKey<unknown>, { clock }: { readonly clock: Clock }): boolean {
  return !revoked && (notAfter === undefined || clock.now() < notAfter);
}

/** Reads `keys`; every fault has its path, and none shows a secret. */
export function readProfileKeys<M>(entries: unknown, form: KeyForm<M>, faults: Faults): readonly LiveKey<M>[] {
  const max = form.keyid === 'required' ? Infinity : maxKeys;
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > max) {
    const some = Number.isFinite(max) ? `a list of 1 to ${max} keys` : 'a list of keys';
    faults.add('keys', 'keys-required', `must be ${some}: [{ secret, subject }]`);
    return [];
  }
  const known = new Set<string>();
  return (entries as readonly PublicProfileKey[]).flatMap((entry, index) => {
    const key = faults.within(`keys[${index}]`, () => readKey(entry, form));
    const name = JSON.stringify([entry?.keyid, entry?.secret, entry?.publicKey]);
    if (known.has(name)) faults.add(`keys[${index}]`, 'duplicate-key', 'stands twice; one secret has one entry');
    known.add(name);
    return key ?? [];
  });
}

function readKey<M>(entry: PublicProfileKey, form: KeyForm<M>): LiveKey<M> {
  const faults = new Faults();
  const given: Partial<PublicProfileKey> = typeof entry === 'object' && entry !== null ? entry : {};
  faults.addUnknown(given, form.publicKey === undefined ? members : [...members, 'publicKey']);
  const { keyid, subject, scopes = [], roles = [], revoked = false } = given;
  const load = readMaterial(given, form, faults);
  checkNames(given, form, faults);
  for (const [name, list] of Object.entries({ scopes, roles }))
    if (!isTextList(list)) faults.add(name, 'invalid-option', 'must be a list of texts');
  const notAfter = given.notAfter === undefined ? undefined : parseTime(given.notAfter);
  if (given.notAfter !== undefined && notAfter === undefined)
    faults.add('notAfter', 'invalid-option', 'must be seconds since the epoch or RFC 3339 text');
  if (typeof revoked !== 'boolean') faults.add('revoked', 'invalid-option', 'must be true or false');
  faults.throwIfAny();
  const principal = Object.freeze({
    issuer: null,
    subject: subject!,
    ...(keyid !== undefined && { credentialId: keyid }),
    scopes: new Set(scopes),
    roles: new Set(roles),
    claims: noClaims,
    ...(notAfter !== undefined && { expiresAt: notAfter }),
  });
  return { material: load!(), keyid, revoked, notAfter, principal };
}

function readMaterial<M>(
  { secret, publicKey }: Partial<PublicProfileKey>,
  form: KeyForm<M>,
  faults: Faults,
): (() => M) | undefined {
  if (form.publicKey === undefined || publicKey === undefined) {
    const bytes = readSecret(secret, form, faults);
    return bytes && (() => form.import(bytes));
  }
  const { decode, looks, import: load } = form.publicKey;
  if (secret !== undefined) faults.add('publicKey', 'contradicting-options', 'stands beside secret: write one of both');
  const bytes = typeof publicKey === 'string' ? decode(publicKey) : undefined;
  if (bytes === undefined) faults.add('publicKey', 'malformed-key', `must be ${looks}`);
  return bytes && (() => load(bytes));
}

function checkNames({ keyid, subject }: Partial<PublicProfileKey>, form: KeyForm<unknown>, faults: Faults): void {
  if (keyid === undefined ? form.keyid === 'required' : !/^[\x21-\x7e]{1,256}$/.test(keyid))
    faults.add('keyid', 'invalid-option', 'must be 1 to 256 visible ASCII characters: the name of the key');
  if (typeof subject !== 'string' || subject === '')
    faults.add('subject', 'invalid-option', 'is missing: whose secret it is');
}

/**
 * Reads one secret: of a list of keys, or of a signer.
 * @returns undefined where there is a fault
 */
export function readSecret(
  secret: unknown,
  { decode = toUtf8, looks }: Pick<KeyForm<unknown>, 'decode' | 'looks'>,
  faults: Faults,
): Uint8Array | undefined {
  const bytes = typeof secret === 'string' ? decode(secret) : new Uint8Array();
  if (bytes === undefined) faults.add('secret', 'malformed-secret', `must be ${looks}`);
  else if (bytes.length < shortestSecret)
    faults.add('secret', 'weak-secret', `must be ${looks}, of at least ${shortestSecret} bytes`);
  else return bytes;
  return undefined;
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
