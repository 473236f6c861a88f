import type { Awaitable } from '../../contracts/awaitable.js';
import type { Answer } from '../../contracts/decision.js';
import type { Failure, HeaderList } from '../../contracts/failure.js';
import type { NoClaims } from '../../contracts/principal.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Challenge, Context, Extracted, Limits, Verified } from '../../contracts/scheme.js';

/**
 * One way of signing with a shared secret, as `hmac()` is told by `profile`. What it gets and answers is that of a scheme; the
 * profile has checked its options when it was made.
 */
export interface HmacProfile<Credentials = unknown> {
  extract(request: AuthRequest, limits: Limits): Awaitable<Extracted<Credentials>>;
  verify(credentials: Credentials, request: AuthRequest, context: Context): Awaitable<Verified<NoClaims>>;
  challenge(realm: string, failure?: Failure): Challenge;
  signResponse?(response: Answer, request: AuthRequest, context: Pick<Context, 'clock'>): Awaitable<HeaderList>;
  ready?(context: Context): Awaitable<void>;
}
