import type { Awaitable, CachedToken, HeaderList } from '@auth/core/signing';

import { refusesProof, refusesToken, wantsNonce } from '../challenge-response.js';
import { Discovery } from '../discovery.js';
import { DpopProofs } from '../dpop-proofs.js';
import { assertSecureUrl } from '../secure-url.js';
import type { ServerClock } from '../server-clock.js';
import type { Answer, Authenticator, Prepared, Strategy, StrategyContext, Verdict } from '../strategy.js';
import { CachedTokens } from '../tokens/cached.js';
import { createTokenRequest } from '../tokens/request-token.js';
import { createRevocation } from '../tokens/revoke-token.js';
import type { TokenSource } from '../tokens/token-source.js';
import type { Grant } from './grant.js';
import type { TokenSettings } from './token-options.js';

const keep = Object.freeze({ kind: 'keep' } as const);
const retry = Object.freeze({ kind: 'retry' } as const);

/** A strategy that sends access tokens which it gets by a grant. */
export function createTokenStrategy(settings: TokenSettings, createGrant: () => Grant): Strategy {
  const { type } = createGrant();
  return Object.freeze({
    type,
    fields: settings.dpop === undefined ? ['authorization'] : ['authorization', 'dpop'],
    connect: (context: StrategyContext) => connect(settings, createGrant(), context),
  });
}

function connect(settings: TokenSettings, grant: Grant, context: StrategyContext): Authenticator {
  assertSecureUrl(
    settings.issuer === undefined ? 'tokenEndpoint' : 'issuer',
    settings.server,
    context.allowInsecureHttp,
  );
  const { clock, serverClock, random, tokens: cache, emit, binding } = context;
  const proofs =
    settings.dpop === undefined ? undefined : new DpopProofs({ key: settings.dpop, clock: serverClock, random });
  const { issuer, revocationEndpoint, revokeOnClose } = settings;
  if (revocationEndpoint !== undefined)
    assertSecureUrl('revocationEndpoint', revocationEndpoint, context.allowInsecureHttp);
  const discovery =
    issuer === undefined ? undefined : new Discovery(issuer, context.transport, context.allowInsecureHttp);
  const own = { ...context, discovery, authentication: settings.authentication() };
  const request = createTokenRequest(settings, grant, { ...own, proofs });
  const revoke = revokeOnClose ? createRevocation(settings, own) : undefined;
  const key = async (bound: string): Promise<string> => formatCacheKey(settings, grant, bound);
  const source = new CachedTokens({ key, binding, cache, request, revoke, clock, random, emit });
  return proofs === undefined ? sendBearer(source) : sendDpop(source, proofs, serverClock);
}

/** Sends tokens as they are (RFC 6750 §2.1). */
function sendBearer(source: TokenSource): Authenticator<CachedToken> {
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
    afterResponse: (answer, token) => afterResponse(source, answer, token),
    close: () => source.close(),
  };
}

interface Proven {
  readonly token: CachedToken;
  readonly url: URL;
  readonly nonce: string | undefined;
}

/** Sends tokens with a proof of their key for each try (RFC 9449 §7.1). */
function sendDpop(source: TokenSource, proofs: DpopProofs, clock: ServerClock): Authenticator<Proven> {
  return {
    async prepare({ method, url }, signal) {
      const token = await source.token(signal);
      const accessToken = token.accessToken.reveal();
      const { proof, nonce } = await proofs.sign({ method, url, accessToken });
      const headers: HeaderList = [
        ['authorization', `DPoP ${accessToken}`],
        ['dpop', proof],
      ];
      return { headers, credentials: { token, url, nonce } };
    },
    afterResponse(answer, { token, url, nonce }) {
      const isNew = proofs.learn(url, answer.headers, nonce);
      if (wantsNonce(answer)) return isNew && !answer.repeated ? retry : keep;
      if (refusesProof(answer)) return !answer.repeated && clock.learn(answer.headers) ? retry : keep;
      return afterResponse(source, answer, token);
    },
    close: () => source.close(),
  };
}

function afterResponse(source: TokenSource, answer: Answer, token: CachedToken): Awaitable<Verdict> {
  const unsaved = source.takeUnsaved(token);
  if (unsaved !== undefined) return { kind: 'fail', error: unsaved };
  if (!refusesToken(answer)) {
    source.accept(token);
    return keep;
  }
  return source.refuse(token).then((renews) => (renews && !answer.repeated ? retry : keep));
}

/** All that a token depends on. What differs in any of it has tokens of its own. */
export async function formatCacheKey(settings: TokenSettings, grant: Grant, binding: string): Promise<string> {
  const { server, issuer, clientId, resources, scopes, audience } = settings;
  return JSON.stringify([
    issuer ?? server.href,
    clientId ?? null,
    resources.toSorted(),
    scopes.toSorted(),
    audience ?? null,
    grant.type,
    await grant.identify(),
    binding,
    (await settings.dpop)?.thumbprint ?? null,
  ]);
}
