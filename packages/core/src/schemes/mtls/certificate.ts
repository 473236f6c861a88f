import { crypto } from '#crypto';

import { toHex } from '../../base/bytes.js';
import type { SignatureAlgorithm } from '../../crypto/crypto.js';
import { readPublicKey, readSignatureAlgorithm, type CertificateAlgorithm, type CertificateKey } from './algorithms.js';
import {
  DerReader, explicit, implicit, MalformedDer, readAll, readBoolean, readCount, readDer, readInteger, readNamedBits, readOctets, readOid,
  readTime, tags, type DerValue,
} from './der.js'; // prettier-ignore
import { readSubtrees, type NameConstraints } from './name-constraints.js';
import { readGeneralNames, readName, type GeneralName, type Name } from './names.js';

/** What is signed, and by what: of certificates and revocation lists. */
export interface Signed {
  readonly tbs: Uint8Array;
  readonly algorithm: CertificateAlgorithm;
  readonly signature: Uint8Array;
}

/** A certificate, parsed (RFC 5280 §4.1). Nothing in it is verified. */
export interface Certificate extends Signed {
  readonly der: Uint8Array;
  /** `x5t#S256`: SHA-256 of the DER in base64url (RFC 8705 §3.1). */
  readonly thumbprint: string;
  /** In hex. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Seconds since the epoch, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly key: CertificateKey;
  readonly extensions: CertificateExtensions;
}

/** The extensions that are read; those that are not there are undefined. */
export interface CertificateExtensions {
  readonly authority?: boolean;
  readonly pathLength?: number;
  /** Bit 0 is digitalSignature (RFC 5280 §4.2.1.3). */
  readonly keyUsage?: number;
  readonly extendedKeyUsage?: readonly string[];
  readonly subjectNames?: readonly GeneralName[];
  readonly nameConstraints?: NameConstraints;
  /** A critical one that is not understood. */
  readonly notUnderstood?: boolean;
}

type Reader = (value: Uint8Array, critical: boolean) => CertificateExtensions;

const understood = {};
/** RFC 5280 §4.2: conforming means critical, or not, where it says MUST. */
const mustBe = (wanted: boolean, critical: boolean): void => {
  if (critical !== wanted) throw new MalformedDer('the criticality of an extension');
};

const readers: Readonly<Record<string, Reader>> = {
  '2.5.29.19': (value) => {
    const reader = new DerReader(readDer(value, tags.sequence).content);
    const flag = reader.optional(tags.boolean);
    const length = reader.optional(tags.integer);
    reader.end();
    const authority = flag !== undefined && readBoolean(flag);
    return { authority, ...(length !== undefined && { pathLength: readCount(length) }) };
  },
  '2.5.29.15': (value) => ({ keyUsage: readNamedBits(readDer(value, tags.bitString)) }),
  '2.5.29.37': (value) => {
    const oids = readAll(readDer(value, tags.sequence).content).map(readOid);
    if (oids.length === 0) throw new MalformedDer('no usage');
    return { extendedKeyUsage: oids };
  },
  '2.5.29.17': (value) => ({ subjectNames: readGeneralNames(value) }),
  '2.5.29.30': (value, critical) => {
    mustBe(true, critical);
    return { nameConstraints: readSubtrees(value) };
  },
  // Key identifiers, and where to ask, are hints: chains are made of names and signatures.
  '2.5.29.14': (value, critical) => {
    mustBe(false, critical);
    readDer(value, tags.octetString);
    return understood;
  },
  '2.5.29.35': (value, critical) => {
    mustBe(false, critical);
    readDer(value, tags.sequence);
    return understood;
  },
  '1.3.6.1.5.5.7.1.1': (_value, critical) => {
    mustBe(false, critical);
    return understood;
  },
  // Without policyConstraints, which is not understood, policies refuse nothing (RFC 5280 §6.1.5 (g)).
  '2.5.29.32': () => understood,
  '2.5.29.36': (_value, critical) => {
    mustBe(true, critical);
    return { notUnderstood: true };
  },
};

// RFC 5280 §4.1.2.2
const maxSerialBytes = 20;

/**
 * Parses a certificate in DER.
 * @throws MalformedDer for what is none, in its one encoding, of version 3 (or 1: then it has no extensions)
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const { reader, ...signed } = openSigned(der);
  const version = reader.optional(explicit(0));
  const number = version === undefined ? 0 : readCount(readDer(version.content, tags.integer));
  if (number > 2 || (version !== undefined && number === 0)) throw new MalformedDer('the version');
  const serial = readInteger(reader.next(tags.integer));
  if (serial.length > maxSerialBytes || serial[0]! >= 0x80) throw new MalformedDer('the serial number');
  signed.checkAlgorithm(reader.next(tags.sequence));
  const issuer = readName(reader.next());
  const validity = new DerReader(reader.next(tags.sequence).content);
  const [notBefore, notAfter] = [readTime(validity.next()), readTime(validity.next())];
  validity.end();
  const subject = readName(reader.next());
  const key = readPublicKey(reader.next(tags.sequence));
  // Unique identifiers, which nobody uses (§4.1.2.8).
  reader.optional(implicit(1));
  reader.optional(implicit(2));
  const extensions = reader.optional(explicit(3));
  reader.end();
  if (issuer.rdns.length === 0 || (extensions !== undefined && number !== 2)) throw new MalformedDer('the version');
  return Object.freeze({
    der,
    thumbprint: crypto.encodeBase64url(crypto.sha256(der)),
    serial: toHex(serial),
    issuer,
    subject,
    notBefore,
    notAfter,
    key,
    tbs: signed.tbs,
    algorithm: signed.algorithm,
    signature: signed.signature,
    extensions: extensions === undefined ? {} : readExtensions(extensions, readers),
  });
}

/** The frame of everything that is signed; the reader stands at the begin of what is. */
export function openSigned(
  der: Uint8Array,
): Signed & { readonly reader: DerReader; readonly checkAlgorithm: (inner: DerValue) => void } {
  const outer = new DerReader(readDer(der, tags.sequence).content);
  const tbs = outer.next(tags.sequence);
  const algorithm = outer.next(tags.sequence);
  const signature = readOctets(outer.next(tags.bitString));
  outer.end();
  return {
    reader: new DerReader(tbs.content),
    tbs: tbs.bytes,
    algorithm: readSignatureAlgorithm(algorithm),
    signature,
    // §4.1.1.2: it stands twice, and must be the same.
    checkAlgorithm(inner) {
      if (toHex(inner.bytes) !== toHex(algorithm.bytes)) throw new MalformedDer('the algorithm');
    },
  };
}

/** @param known by object identifier; what is critical and not among them is not understood */
export function readExtensions<T extends { readonly notUnderstood?: boolean }>(
  { content }: DerValue,
  known: Readonly<Record<string, (value: Uint8Array, critical: boolean) => T>>,
): T {
  const values = readAll(readDer(content, tags.sequence).content);
  const seen = new Set<string>();
  const found = {} as T;
  for (const value of values) {
    const reader = new DerReader(value.tag === tags.sequence ? value.content : new Uint8Array());
    const oid = readOid(reader.next(tags.oid));
    const flag = reader.optional(tags.boolean);
    const critical = flag !== undefined && readBoolean(flag);
    const { content: held } = reader.next(tags.octetString);
    reader.end();
    // §4.2: one of a kind; and DER writes no default.
    if (seen.has(oid) || (flag !== undefined && !critical)) throw new MalformedDer('an extension');
    seen.add(oid);
    const read = Object.hasOwn(known, oid) ? known[oid] : undefined;
    if (read !== undefined) Object.assign(found, read(held, critical));
    else if (critical) Object.assign(found, { notUnderstood: true });
  }
  return found;
}

export const isSignatureAlgorithm = (algorithm: CertificateAlgorithm): algorithm is SignatureAlgorithm =>
  typeof algorithm !== 'string';
