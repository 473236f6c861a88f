import type { Failure } from '../contracts/failure.js';
import { failure } from '../errors/failures.js';
import { verifyContentDigest } from '../http/content-digest.js';
import type { Message } from './message.js';

/**
 * Judges content by signatures that are good (RFC 9421 §7.2.8): where there is content, each must cover its digest, and what is
 * covered must be the digest of this content.
 * @param covered whether each of the signatures covers the digest
 * @param content the bytes as received
 */
export function judgeContent(
  covered: readonly boolean[],
  { headers }: Pick<Message, 'headers'>,
  content: Uint8Array,
): Failure | undefined {
  const lines = headers.getAll('content-digest');
  if (content.length > 0 && covered.includes(false))
    return failure(lines.length === 0 ? 'digest-missing' : 'coverage-insufficient');
  return covered.includes(true) ? verifyContentDigest(lines, content) : undefined;
}
