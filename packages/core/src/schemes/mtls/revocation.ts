import { toHex } from '../../base/bytes.js';
import { after } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import { isSignatureAlgorithm, openSigned, readExtensions, type Certificate, type Signed } from './certificate.js';
import { isSignedBy } from './chain.js';
import { DerReader, explicit, MalformedDer, readCount, readDer, readInteger, readTime, tags } from './der.js';
import { readName, type Name } from './names.js';

/** A revocation list, parsed (RFC 5280 §5.1). */
export interface RevocationList extends Signed {
  readonly issuer: Name;
  /** Seconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** Serial numbers in hex. */
  readonly revoked: ReadonlySet<string>;
  /** It is of a kind that is not read: of some certificates or reasons alone, a delta, or another issuer's. */
  readonly partial: boolean;
  /** Answers by the key that they were asked for: one signature a list and issuer. */
  readonly signedBy: WeakMap<Certificate, Awaitable<boolean>>;
}

interface ListExtensions {
  readonly notUnderstood?: boolean;
}

const known: Readonly<Record<string, (value: Uint8Array, critical: boolean) => ListExtensions>> = {
  // authorityKeyIdentifier and cRLNumber
  '2.5.29.35': () => ({}),
  '2.5.29.20': (value, critical) => {
    // §5.2.3
    if (critical) throw new MalformedDer('a critical number');
    readDer(value, tags.integer);
    return {};
  },
};
const knownOfEntry: typeof known = { '2.5.29.21': () => ({}), '2.5.29.24': () => ({}) };

/** @throws MalformedDer for what is no list of version 2 (or 1, without extensions) */
export function parseRevocationList(der: Uint8Array): RevocationList {
  const { reader, checkAlgorithm, ...signed } = openSigned(der);
  const version = reader.optional(tags.integer);
  if (version !== undefined && readCount(version) !== 1) throw new MalformedDer('the version');
  checkAlgorithm(reader.next(tags.sequence));
  const issuer = readName(reader.next());
  const thisUpdate = readTime(reader.next());
  const due = reader.optional(tags.utcTime) ?? reader.optional(tags.generalizedTime);
  // §5.1.2.5: it must be there.
  if (due === undefined) throw new MalformedDer('nextUpdate is missing');
  const entries = reader.optional(tags.sequence);
  const extensions = reader.optional(explicit(0));
  reader.end();
  const read = readEntries(entries?.content ?? new Uint8Array());
  const { notUnderstood = false } = extensions === undefined ? {} : readExtensions(extensions, known);
  return Object.freeze({
    ...signed,
    issuer,
    thisUpdate,
    nextUpdate: readTime(due),
    revoked: read.revoked,
    partial: notUnderstood || read.notUnderstood,
    signedBy: new WeakMap<Certificate, Awaitable<boolean>>(),
  });
}

function readEntries(content: Uint8Array): { readonly revoked: ReadonlySet<string>; readonly notUnderstood: boolean } {
  const revoked = new Set<string>();
  let notUnderstood = false;
  const reader = new DerReader(content);
  while (!reader.done) {
    const entry = new DerReader(reader.next(tags.sequence).content);
    revoked.add(toHex(readInteger(entry.next(tags.integer))));
    readTime(entry.next());
    if (entry.done) continue;
    const extensions = entry.next(tags.sequence);
    entry.end();
    notUnderstood ||= readExtensions({ ...extensions, content: extensions.bytes }, knownOfEntry).notUnderstood === true;
  }
  return { revoked, notUnderstood };
}

/** What lists say of a certificate; `unknown` where none of its issuer is current and signed. */
export type Revocation = 'good' | 'revoked' | 'unknown';

const crlSign = 1 << 6;

/** Asks the lists of an issuer about one certificate (RFC 5280 §6.3.3), at a time. Of several current lists one that revokes is enough. */
export function findRevocation(
  certificate: Certificate,
  issuer: Certificate,
  lists: readonly RevocationList[],
  now: number,
): Awaitable<Revocation> {
  const { keyUsage } = issuer.extensions;
  if (keyUsage !== undefined && (keyUsage & crlSign) === 0) return 'unknown';
  const current = lists.filter(
    (list) =>
      list.issuer.key === certificate.issuer.key &&
      !list.partial &&
      list.thisUpdate <= now &&
      now < list.nextUpdate + 1,
  );
  return current.reduce<Awaitable<Revocation>>(
    (before, list) =>
      after(before, (found) =>
        found === 'revoked'
          ? found
          : after(isListSignedBy(list, issuer), (signed): Revocation => {
              if (!signed) return found;
              return list.revoked.has(certificate.serial) ? 'revoked' : 'good';
            }),
      ),
    'unknown',
  );
}

function isListSignedBy(list: RevocationList, issuer: Certificate): Awaitable<boolean> {
  if (!isSignatureAlgorithm(list.algorithm)) return false;
  let signed = list.signedBy.get(issuer);
  if (signed === undefined) list.signedBy.set(issuer, (signed = isSignedBy(list, issuer)));
  return signed;
}
