import { crypto } from '#crypto';

import { after } from '../../base/awaitable.js';
import { withDeadline } from '../../base/deadline.js';
import { freezeJson, type JsonObject } from '../../base/strict-json.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Context, Extracted, Limits, Scheme, Verified } from '../../contracts/scheme.js';
import { DependencyError } from '../../errors/failure-error.js';
import { failure } from '../../errors/failures.js';
import type { BearerToken } from '../access-token/bearer.js';
import { accessTokenChallenge, publishing } from '../access-token/challenge.js';
import { extractAccessToken } from '../access-token/extract.js';
import { isTokenRevoked } from '../access-token/revocation.js';
import { findAnswerFailure, toAnswerPrincipal } from './answer.js';
import { AnswerCache } from './answer-cache.js';
import { IntrospectionEndpoint } from './endpoint.js';
import { checkIntrospectionOptions, type IntrospectionOptions, type IntrospectionSettings } from './options.js';

/** What `introspection()` answers. */
export type IntrospectionScheme<Claims extends object = JsonObject> = Scheme<'introspection', Claims, BearerToken>;

/**
 * Makes a scheme that asks the authorization server what a bearer token is worth (RFC 7662), whatever the token looks like. Beside
 * `jwt()` on one route a JWT whose issuer that names is its, and everything else is asked about.
 *
 * Checks: one bearer token; an answer of the right shape, signed where that is asked for (RFC 9701); `active`; that it is an
 * access token; issuer, audience, times. Whatever the server does wrong is a 503, in bounded time.
 * With `revocation: 'check'` also, each time: that the token was not revoked here.
 * Does not check: whether it was revoked elsewhere since the answer that is kept, up to `cacheSeconds`.
 * @throws ConfigurationError with every fault of the options.
 * @example introspection({ issuer: 'https://issuer.example', audience: 'https://api.example', clientId: 'orders-api', clientSecret })
 */
export function introspection<Claims extends object = JsonObject>(
  options: IntrospectionOptions<Claims>,
): IntrospectionScheme<Claims> {
  const settings = checkIntrospectionOptions(options);
  const asking = new Asking(settings);
  const { issuer, endpoint } = settings;
  const rules = { ...settings, origin: (endpoint ?? new URL(issuer!)).origin };
  const typed = options.claims ?? ((claims: JsonObject) => claims as Claims);
  const verify = ({ token }: BearerToken, _request: AuthRequest, context: Context): Awaitable<Verified<Claims>> =>
    after(asking.ask(token, context), (answer) => {
      const refused = findAnswerFailure(answer, rules, context.clock.now());
      if (refused !== undefined) return refused;
      const principal = toAnswerPrincipal(answer, rules, typed(answer));
      // Not active is what its issuer will say of it, too (RFC 7662 §2.2).
      return after(isTokenRevoked(settings.revocation, principal, context), (revoked) =>
        revoked ? failure('inactive') : { kind: 'verified', principal },
      );
    });
  return Object.freeze({
    type: 'introspection',
    ...(issuer !== undefined && { issuer }),
    takesRestOf: 'authorization',
    ...publishing(settings.accessToken),
    ...settings.accessToken.senderConstraint,
    extract: (request: AuthRequest, limits: Limits) => extract(settings, request, limits),
    verify,
    // As fresh as `cacheSeconds` lets it be.
    recheck: verify,
    challenge: (realm: string, failed?: Failure, request?: AuthRequest) =>
      accessTokenChallenge(settings.accessToken, realm, { failure: failed, request }),
    ready: (context: Context) => asking.endpoint.ready(context),
    close: () => asking.endpoint.close(),
  } satisfies IntrospectionScheme<Claims>);
}

/** An opaque token has no form of its own. */
function extract(
  settings: IntrospectionSettings,
  request: AuthRequest,
  limits: Limits,
): Awaitable<Extracted<BearerToken>> {
  return after(extractAccessToken(request, limits, settings.accessToken), (bearer) => {
    if (bearer.kind !== 'bearer') return bearer;
    const { token, field = 'authorization' } = bearer;
    return { kind: 'credentials', field, credentials: bearer, identifier: token, rest: true };
  });
}

/** Asks once for all who have the same token, and not again while the answer is kept. */
class Asking {
  readonly endpoint: IntrospectionEndpoint;
  readonly #timeoutSeconds: number;
  readonly #cache: AnswerCache;
  readonly #underWay = new Map<string, Promise<JsonObject>>();

  constructor(settings: IntrospectionSettings) {
    this.endpoint = new IntrospectionEndpoint(settings);
    this.#timeoutSeconds = settings.timeoutSeconds;
    this.#cache = new AnswerCache(settings.cacheSeconds);
  }

  ask(token: string, context: Context): Awaitable<JsonObject> {
    // A scheme has one endpoint and one client; no other scheme sees its answers. Nothing keeps the token itself.
    const key = crypto.sha256Text(token);
    const known = this.#cache.get(key, context.clock.now());
    if (known !== undefined) return known;
    // The flight keeps its own limits: twice as long, with the wait for a place, is never.
    const late = (): Error => new DependencyError('introspection-unavailable', {}, { message: 'no answer in time' });
    return withDeadline(this.#fly(key, token, context), this.#timeoutSeconds * 2000, late, context.signal);
  }

  #fly(key: string, token: string, context: Context): Promise<JsonObject> {
    const joined = this.#underWay.get(key);
    if (joined !== undefined) return joined;
    // Whoever leaves ends only his own waiting.
    const { clock, alert, onError } = context;
    const flight = this.endpoint
      .ask(token, { clock, ...(alert && { alert }), ...(onError && { onError }) })
      .then(({ answer, bytes }) => {
        // It is given to everybody who brings the token: what one handler changes would be true for the next.
        freezeJson(answer);
        this.#cache.set(key, answer, { now: clock.now(), bytes });
        return answer;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, flight);
    return flight;
  }
}
