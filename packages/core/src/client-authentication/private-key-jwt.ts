import { randomUuid, systemRandom } from '../base/random.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { SigningKey } from '../contracts/signer.js';
import { signToken } from '../schemes/jwt/sign.js';

/** What an assertion says. */
export interface ClientAssertionOptions {
  readonly clientId: string;
  /** The issuer of the authorization server, and nothing else: an endpoint's URL may be another server's. */
  readonly audience: string;
  readonly clock: Clock;
  readonly random?: RandomSource;
}

/** `client_assertion_type` of a JWT (RFC 7523 §2.2). */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const lifetimeSeconds = 60;

/**
 * Signs the assertion of `private_key_jwt` (RFC 7523 §3): good for a minute, and once.
 * @returns at once, or a promise where the key takes its time
 * @see draft-ietf-oauth-rfc7523bis: `typ`, and the issuer as the sole audience
 */
export function signClientAssertion(
  key: SigningKey,
  { clientId, audience, clock, random = systemRandom }: ClientAssertionOptions,
): Awaitable<string> {
  const now = Math.floor(clock.now());
  const times = { iat: now, exp: now + lifetimeSeconds };
  const claims = { iss: clientId, sub: clientId, aud: audience, ...times, jti: randomUuid(random) };
  return signToken(claims, key, { type: 'client-authentication+jwt' });
}
