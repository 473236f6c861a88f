import type { SignatureAlgorithm } from '../../crypto/crypto.js';
import { DerReader, explicit, MalformedDer, readCount, readDer, readOid, tags, type DerValue } from './der.js';

/** How something is signed, or why it is not taken for signed. */
export type CertificateAlgorithm = SignatureAlgorithm | 'weak' | 'unknown';

const algorithms: Readonly<Record<string, CertificateAlgorithm>> = {
  '1.2.840.113549.1.1.11': { kind: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', digest: 'sha512' },
  '1.2.840.10045.4.3.2': { kind: 'ecdsa', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ecdsa', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ecdsa', digest: 'sha512' },
  '1.3.101.112': { kind: 'ed25519' },
  // MD2, MD5, SHA-1, DSA
  '1.2.840.113549.1.1.2': 'weak',
  '1.2.840.113549.1.1.4': 'weak',
  '1.2.840.113549.1.1.5': 'weak',
  '1.2.840.10045.4.1': 'weak',
  '1.2.840.10040.4.3': 'weak',
};
const digests: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512' | 'weak'>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '1.3.14.3.2.26': 'weak',
};
const rsaPss = '1.2.840.113549.1.1.10';

/** Reads an AlgorithmIdentifier of a signature. */
export function readSignatureAlgorithm({ content }: DerValue): CertificateAlgorithm {
  const reader = new DerReader(content);
  const oid = readOid(reader.next(tags.oid));
  if (oid === rsaPss) return readPss(reader.next(tags.sequence));
  // RFC 4055 §5, RFC 5758 §3.2: NULL or nothing.
  if (!reader.done && reader.next(tags.null).content.length > 0) throw new MalformedDer('parameters');
  reader.end();
  return algorithms[oid] ?? 'unknown';
}

/** RFC 4055 §3.1. What is left out is SHA-1. */
function readPss({ content }: DerValue): CertificateAlgorithm {
  const reader = new DerReader(content);
  const hash = reader.optional(explicit(0));
  const mask = reader.optional(explicit(1));
  const salt = reader.optional(explicit(2));
  reader.end();
  if (hash === undefined || mask === undefined || salt === undefined) return 'weak';
  const digest = digests[oidOf(readDer(hash.content))];
  const generator = new DerReader(readDer(mask.content, tags.sequence).content);
  const isMgf1 = readOid(generator.next(tags.oid)) === '1.2.840.113549.1.1.8';
  if (digest === undefined || !isMgf1 || digests[oidOf(generator.next())] !== digest) return 'unknown';
  if (digest === 'weak') return 'weak';
  const saltLength = readCount(readDer(salt.content, tags.integer));
  return saltLength > 64 ? 'unknown' : { kind: 'rsa-pss', digest, saltLength };
}

const oidOf = ({ content }: DerValue): string => readOid(new DerReader(content).next(tags.oid));

/** A public key as a certificate holds it. */
export interface CertificateKey {
  /** SubjectPublicKeyInfo, all of it. */
  readonly spki: Uint8Array;
  /** Signatures that it can have made; undefined for keys that are too weak, or of a kind that is not taken. */
  readonly kind: 'rsa' | 'ec' | 'ed25519' | undefined;
}

const curves = new Set(['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35']);
const minModulusBits = 2048;
const maxModulusBits = 8192;

/** Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): RSA of 2048 to 8192 bits, the NIST curves from P-256, Ed25519. */
export function readPublicKey(value: DerValue): CertificateKey {
  const reader = new DerReader(value.content);
  const algorithm = new DerReader(reader.next(tags.sequence).content);
  const key = reader.next(tags.bitString);
  reader.end();
  return { spki: value.bytes, kind: kindOf(algorithm, key) };
}

function kindOf(algorithm: DerReader, key: DerValue): CertificateKey['kind'] {
  switch (readOid(algorithm.next(tags.oid))) {
    case '1.2.840.113549.1.1.1':
    case rsaPss: {
      const [modulus = 0, exponent = 0] = rsaBits(key);
      return modulus >= minModulusBits && modulus <= maxModulusBits && exponent > 1 ? 'rsa' : undefined;
    }
    case '1.2.840.10045.2.1': {
      const curve = algorithm.optional(tags.oid);
      return curve !== undefined && curves.has(readOid(curve)) ? 'ec' : undefined;
    }
    case '1.3.101.112':
      return 'ed25519';
    default:
      return undefined;
  }
}

/** Bits of the modulus and of the exponent. */
function rsaBits({ content }: DerValue): readonly number[] {
  const reader = new DerReader(readDer(content.subarray(1), tags.sequence).content);
  return [reader.next(tags.integer), reader.next(tags.integer)].map(({ content: bytes }) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    return start === -1 ? 0 : (bytes.length - start) * 8 - Math.clz32(bytes[start]!) + 24;
  });
}

/** Whether a key can have made a signature. */
export function keyMade({ kind }: CertificateKey, algorithm: SignatureAlgorithm): boolean {
  switch (algorithm.kind) {
    case 'rsa':
    case 'rsa-pss':
      return kind === 'rsa';
    case 'ecdsa':
      return kind === 'ec';
    case 'ed25519':
      return kind === 'ed25519';
  }
}
