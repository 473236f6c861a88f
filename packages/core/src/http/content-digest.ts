import { crypto } from '#crypto';

import type { Failure } from '../contracts/failure.js';
import { failure } from '../errors/failures.js';
import { formatField, parseField } from './structured-fields.js';

/** Digest algorithms that are safe to rely on (RFC 9530 §5). */
export type DigestAlgorithm = 'sha-256' | 'sha-512';

const digests: Readonly<Record<DigestAlgorithm, (content: Uint8Array) => Uint8Array>> = {
  'sha-256': (content) => crypto.sha256(content),
  'sha-512': (content) => crypto.sha512(content),
};

/** The value of a `Content-Digest` field (RFC 9530 §2) for content as it is sent: compressed, where it goes compressed. */
export function formatContentDigest(content: Uint8Array, algorithm: DigestAlgorithm = 'sha-256'): string {
  return formatField('dictionary', new Map([[algorithm, [Uint8Array.from(digests[algorithm](content)), new Map()]]]));
}

/**
 * Compares content with its `Content-Digest`.
 * Checks: that every digest of sha-256 and sha-512 is that of the content, and that there is one.
 * Decision: one that is wrong refuses, though another be right. Algorithms that are weak or unknown count for nothing.
 * Does not check: who wrote the field. A digest is worth something only where a signature covers it.
 * @param lines of the field
 * @param content the bytes as received
 */
export function verifyContentDigest(lines: readonly string[], content: Uint8Array): Failure | undefined {
  if (lines.length === 0) return failure('digest-missing');
  const field = parseField('dictionary', lines.join(', '));
  if (field === undefined) return failure('digest-unsupported');
  let known = 0;
  for (const [name, digest] of Object.entries(digests)) {
    const [claimed] = field.get(name) ?? [];
    if (claimed === undefined) continue;
    if (!(claimed instanceof ArrayBuffer) || !sameBytes(new Uint8Array(claimed), digest(content)))
      return failure('digest-mismatch');
    known++;
  }
  return known === 0 ? failure('digest-unsupported') : undefined;
}

/** Neither is secret: whoever has the content has its digest. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
