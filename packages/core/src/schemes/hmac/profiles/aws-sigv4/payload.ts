import type { Failure } from '../../../../contracts/failure.js';
import type { AuthRequest } from '../../../../contracts/request.js';
import { failure } from '../../../../errors/failures.js';
import type { SigV4Credentials } from './credentials.js';
import type { SigV4Settings } from './options.js';
import { hexOfSha256 } from './signing-key.js';

/** Stands for a body that is not signed. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/**
 * Finds what stands for the body in the canonical request: its hash, which must be the one that `X-Amz-Content-Sha256` names, or
 * `UNSIGNED-PAYLOAD` where the options allow it. Other words (`STREAMING-…`: a body in chunks, each with a signature or none) are refused:
 * their bytes are not those that the handler should read.
 */
export async function findPayload(
  { allowUnsignedPayload, pathStyle }: SigV4Settings,
  { presigned }: SigV4Credentials,
  request: AuthRequest,
): Promise<string | Failure> {
  const [declared, another] = request.headers.getAll('x-amz-content-sha256');
  if (another !== undefined) return failure('digest-mismatch');
  // A presigned URL of S3 is made before there is a body.
  const unsigned = declared ?? (presigned !== undefined && pathStyle === 'as-sent' ? unsignedPayload : undefined);
  if (unsigned === unsignedPayload && allowUnsignedPayload) return unsignedPayload;
  if (declared !== undefined && !/^[0-9a-f]{64}$/.test(declared)) return failure('digest-mismatch');
  const body = await request.body();
  if (unsigned === unsignedPayload) return body.length === 0 ? unsignedPayload : failure('digest-mismatch');
  const hash = hexOfSha256(body);
  return declared === undefined || declared === hash ? hash : failure('digest-mismatch');
}
