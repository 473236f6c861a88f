import { systemClock } from '../base/clock.js';
import { createDpopProver } from '../confirmation/dpop.js';
import type { Clock } from '../contracts/clock.js';
import type { EndpointHost } from '../contracts/endpoint.js';
import type { Handler } from '../contracts/handler.js';
import type { RevocationKind } from '../stores/revocation.js';
import { authorizeEndpoint, pushedRequestEndpoint } from './authorize-endpoint.js';
import { keysEndpoint, metadataEndpoint } from './documents.js';
import { endpoint } from './endpoint.js';
import { KeyRing } from './key-ring.js';
import { checkIssuerOptions, type IssuerOptions } from './options.js';
import { revoke } from './revocation.js';
import { tokenEndpoint } from './token-endpoint.js';
import { introspectionEndpoint, revocationEndpoint } from './token-state.js';

/** What tokens are revoked: one by its `jti`, or all of a session, a subject or a client, their refresh tokens as well. */
export interface RevokeOptions {
  readonly kind: RevocationKind;
  readonly value: string;
  /** Seconds since the epoch: those alone that were issued, or are carried on from a sign-in, before. Default: all until now. */
  readonly issuedBefore?: number;
}

/** An issuer of access tokens. */
export interface Issuer {
  readonly issuer: string;
  /** Handlers by whole path, for `mount()` at the root of an app whose guard `auth` is. */
  handlers(auth: EndpointHost): Readonly<Record<string, Handler>>;
  /** Revokes tokens before they end: refresh tokens here, access tokens wherever the same revocation store is asked. */
  revoke(what: RevokeOptions): Promise<void>;
  /** Publishes the next signing key now, `keyPublishSeconds` before it signs. @returns its `kid` */
  rotateSigningKey(): Promise<string>;
}

/**
 * Makes an issuer of access tokens (RFC 9068) for your own clients and APIs.
 *
 * Serves, below `mount`: `/token` (client credentials, refresh, token exchange, assertions, codes), `/introspect` (RFC 7662), `/revoke` (RFC 7009),
 * `/jwks`, with a login also `/authorize` and `/par` (RFC 9126); and the metadata of RFC 8414 at their well-known path.
 * Checks: every client, by the one method that it is registered for; scopes and resources within its registration. Signing keys rotate
 * by themselves; refresh tokens are good once, and one that comes again ends its family.
 * Does not check: who the people are that sign in; `login` says so. It issues no ID tokens: where people sign in at several
 * applications, run an OpenID provider.
 * @throws ConfigurationError with every fault of the options.
 * @example
 * const issuer = createIssuer({ issuer: 'https://api.example/oauth', clients: [{ clientId: 'job', clientSecret, scopes: ['orders:read'] }] });
 * app.use(mount(issuer.handlers(auth)));
 */
export function createIssuer(options: IssuerOptions, { clock = systemClock }: { readonly clock?: Clock } = {}): Issuer {
  const settings = checkIssuerOptions(options);
  const ring = new KeyRing(settings);
  const proveKey = createDpopProver({ clockToleranceSeconds: 5, nonces: settings.nonces });
  const issuing = { settings, ring, proveKey };
  const { issuer, mount } = settings;
  return {
    issuer,
    handlers(auth) {
      const metadata = endpoint(auth, ['GET', 'HEAD'], metadataEndpoint(issuing));
      const path = new URL(issuer).pathname.replace(/\/$/, '');
      return Object.freeze({
        [`${mount}/token`]: endpoint(auth, ['POST'], tokenEndpoint(issuing)),
        [`${mount}/introspect`]: endpoint(auth, ['POST'], introspectionEndpoint(issuing)),
        [`${mount}/revoke`]: endpoint(auth, ['POST'], revocationEndpoint(issuing)),
        [`${mount}/jwks`]: endpoint(auth, ['GET', 'HEAD'], keysEndpoint(issuing)),
        // RFC 8414 §3.1: before the path of the issuer; at the root where it has none.
        [`/.well-known/oauth-authorization-server${path}`]: metadata,
        ...(settings.login !== undefined && {
          [`${mount}/authorize`]: endpoint(auth, ['GET'], authorizeEndpoint(issuing)),
          [`${mount}/par`]: endpoint(auth, ['POST'], pushedRequestEndpoint(issuing)),
        }),
      });
    },
    revoke: (what) => revoke(settings, what, { clock }),
    rotateSigningKey: () => ring.rotate({ clock }),
  };
}
