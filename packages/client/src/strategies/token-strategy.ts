import type { CachedToken } from '@auth/core/signing';

import { refusesToken } from '../challenge-response.js';
import { assertSecureUrl } from '../secure-url.js';
import type { Authenticator, Prepared, Strategy, StrategyContext } from '../strategy.js';
import { CachedTokens } from '../tokens/cached.js';
import { createTokenRequest } from '../tokens/request-token.js';
import type { Grant } from './grant.js';
import type { TokenSettings } from './token-options.js';

const keep = Object.freeze({ kind: 'keep' } as const);
const retry = Object.freeze({ kind: 'retry' } as const);

/** A strategy that sends access tokens which it gets by a grant. */
export function createTokenStrategy(settings: TokenSettings, createGrant: () => Grant): Strategy<CachedToken> {
  const { type } = createGrant();
  return Object.freeze({
    type,
    fields: ['authorization'],
    connect: (context: StrategyContext) => connect(settings, createGrant(), context),
  });
}

function connect(settings: TokenSettings, grant: Grant, context: StrategyContext): Authenticator<CachedToken> {
  assertSecureUrl(
    settings.issuer === undefined ? 'tokenEndpoint' : 'issuer',
    settings.server,
    context.allowInsecureHttp,
  );
  const { clock, random, tokens: cache, emit } = context;
  const request = createTokenRequest(settings, grant, context);
  const source = new CachedTokens({ key: () => formatCacheKey(settings, grant), cache, request, clock, random, emit });
  let last: { readonly token: CachedToken; readonly prepared: Prepared<CachedToken> } | undefined;
  const toPrepared = (token: CachedToken): Prepared<CachedToken> => {
    // Made once for each token: attaching one that is at hand costs next to nothing.
    if (last?.token !== token)
      last = {
        token,
        prepared: { headers: [['authorization', `Bearer ${token.accessToken.reveal()}`]], credentials: token },
      };
    return last.prepared;
  };
  return {
    prepare(_request, signal) {
      const token = source.token(signal);
      return token instanceof Promise ? token.then(toPrepared) : toPrepared(token);
    },
    afterResponse(answer, token) {
      const unsaved = source.takeUnsaved(token);
      if (unsaved !== undefined) return { kind: 'fail', error: unsaved };
      if (!refusesToken(answer)) {
        source.accept(token);
        return keep;
      }
      return source.refuse(token).then((renews) => (renews && !answer.repeated ? retry : keep));
    },
    close: () => source.close(),
  };
}

/** All that a token depends on. What differs in any of it has tokens of its own. */
export async function formatCacheKey(settings: TokenSettings, grant: Grant): Promise<string> {
  const { server, issuer, clientId, resources, scopes, audience } = settings;
  return JSON.stringify([
    issuer ?? server.href,
    clientId ?? null,
    resources.toSorted(),
    scopes.toSorted(),
    audience ?? null,
    grant.type,
    await grant.identify(),
  ]);
}
