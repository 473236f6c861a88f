import { signToken, type Awaitable, type SigningKey } from '@auth/core/signing';

import type { ClientAuthentication } from './client-authentication.js';

/** Seconds for which an assertion is good. */
const lifetimeSeconds = 60;
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Options of a client that signs its assertions. */
export interface PrivateKeyJwtSettings {
  readonly clientId: string;
  readonly key: Awaitable<SigningKey>;
  /** The issuer. One value: an assertion for several could be used at each of them (RFC 7523bis). */
  readonly audience: string;
}

/** Authenticates by a signed assertion, made anew for each request (RFC 7523 §2.2, OpenID Connect Core §9). */
export function createPrivateKeyJwt({ clientId, key, audience }: PrivateKeyJwtSettings): ClientAuthentication {
  return {
    async apply(form, { clock, random }) {
      const now = Math.floor(clock.now());
      const claims = {
        iss: clientId,
        sub: clientId,
        aud: audience,
        jti: Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join(''),
        iat: now,
        exp: now + lifetimeSeconds,
      };
      // Decision: the type of draft-ietf-oauth-rfc7523bis §4, which issuers before it pass over.
      const assertion = await signToken(claims, await key, { type: 'client-authentication+jwt' });
      form.set('client_id', clientId);
      form.set('client_assertion_type', jwtBearer);
      form.set('client_assertion', assertion);
      return { secrets: [assertion] };
    },
  };
}
