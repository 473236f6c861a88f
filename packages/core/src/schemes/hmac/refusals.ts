import type { Failure } from '../../contracts/failure.js';
import { failure } from '../../errors/failures.js';

/** Reasons that other schemes have under a code of their own. */
const code = 'invalid-signature';
export const signatureMismatch: Failure = failure('signature-mismatch', { code });
export const unknownKey: Failure = failure('unknown-key', { code });
export const keyRevoked: Failure = failure('key-revoked', { code });
export const replayed: Failure = failure('replayed', { code });
