import type { CachedToken } from '@auth/core/signing';

import type { ClientAuthentication } from '../client-authentication/client-authentication.js';
import type { ClientError, ClientErrorCode } from '../client-error.js';
import type { DpopProofs } from '../dpop-proofs.js';
import type { Discovery } from '../discovery.js';
import type { Grant, GrantRequest } from '../strategies/grant.js';
import type { TokenSettings } from '../strategies/token-options.js';
import type { StrategyContext } from '../strategy.js';
import { post, type TokenRequest } from '../token-endpoint.js';
import type { TokenResponse } from '../token-response.js';
import { findExpiry } from './lifetime.js';
import type { RequestToken } from './token-source.js';

/** What a strategy has of its issuer. */
export interface IssuerContext extends StrategyContext {
  /** Where there is an issuer, and not its endpoints alone. */
  readonly discovery: Discovery | undefined;
  /** Of one client: it remembers which of two secrets is taken. */
  readonly authentication: ClientAuthentication;
}

interface RequestContext extends IssuerContext {
  /** Where tokens are bound to a key. */
  readonly proofs: DpopProofs | undefined;
}

/** Asks one token endpoint for tokens by one grant. */
export function createTokenRequest(settings: TokenSettings, grant: Grant, context: RequestContext): RequestToken {
  const endpoint = new TokenEndpoint(settings, context);
  return async (signal, last) => {
    const url = (await context.discovery?.findEndpoint('token_endpoint', signal)) ?? settings.server;
    const request = await grant.open(last, signal);
    return endpoint.ask(url, request, { grant, last, signal });
  };
}

interface Asking {
  readonly grant: Grant;
  readonly last: CachedToken | undefined;
  readonly signal: AbortSignal;
}

class TokenEndpoint {
  readonly #settings: TokenSettings;
  readonly #context: RequestContext;
  readonly #authentication: ClientAuthentication;

  constructor(settings: TokenSettings, context: RequestContext) {
    this.#settings = settings;
    this.#context = context;
    this.#authentication = context.authentication;
  }

  async ask(endpoint: URL, request: GrantRequest, { grant, last, signal }: Asking): Promise<CachedToken> {
    // Taken before: the way of the answer is a part of the token's life.
    const obtainedAt = this.#context.clock.now();
    let response: TokenResponse;
    try {
      response = await this.#withEitherSecret(endpoint, request, signal);
    } catch (error) {
      if (grant.fail?.(error as ClientError, request) !== true) throw error;
      response = await this.#send(endpoint, request, signal).catch((again: ClientError) => {
        grant.fail?.(again, request);
        throw again;
      });
    }
    return this.#toToken(response, obtainedAt, last);
  }

  /** A client whose secret is rotated has two: the other is tried where one is refused, and stays the first where it is taken. */
  async #withEitherSecret(endpoint: URL, request: GrantRequest, signal: AbortSignal): Promise<TokenResponse> {
    try {
      return await this.#send(endpoint, request, signal);
    } catch (error) {
      const refused = (error as ClientError).oauthError === 'invalid_client';
      if (!refused || this.#authentication.swap?.() !== true) throw error;
      try {
        const response = await this.#send(endpoint, request, signal);
        this.#context.emit({ kind: 'client-secret-swapped', ...this.#name(endpoint) });
        return response;
      } catch {
        this.#authentication.swap();
        throw error;
      }
    }
  }

  async #send(endpoint: URL, { form, secrets }: GrantRequest, signal: AbortSignal): Promise<TokenResponse> {
    const { clock, random, emit } = this.#context;
    const began = clock.now();
    const tell = (outcome: 'obtained' | ClientErrorCode): void =>
      emit({ kind: 'token-request', ...this.#name(endpoint), outcome, durationSeconds: clock.now() - began });
    const asked = this.#complete(form);
    const authenticated = await this.#authentication.apply(asked, { clock, random, signal });
    const { authorization } = authenticated;
    const request = { endpoint, form: asked, secrets: [...secrets, ...authenticated.secrets] };
    const complete = { ...request, ...(authorization !== undefined && { authorization }) };
    return this.#post(complete, signal).then(
      (response) => {
        tell('obtained');
        return response;
      },
      (error: ClientError) => {
        tell(error.code);
        throw error;
      },
    );
  }

  /** With a proof where tokens are bound, and once more where the issuer wants a nonce in it (RFC 9449 §8). */
  async #post(request: TokenRequest, signal: AbortSignal, isAgain = false): Promise<TokenResponse> {
    const { transport, proofs, serverClock } = this.#context;
    if (proofs === undefined) return post(transport, request, signal);
    const { endpoint } = request;
    const { proof, nonce } = await proofs.sign({ method: 'POST', url: endpoint });
    let isNew = false;
    let fields: Headers | undefined;
    const onAnswer = (headers: Headers): void => {
      fields = headers;
      isNew = proofs.learn(endpoint, headers, nonce);
    };
    try {
      return await post(transport, { ...request, dpop: proof, onAnswer }, signal);
    } catch (error) {
      const { oauthError } = error as ClientError;
      const another =
        (oauthError === 'use_dpop_nonce' && isNew) ||
        (oauthError === 'invalid_dpop_proof' && fields !== undefined && serverClock.learn(fields));
      if (isAgain || !another) throw error;
      return this.#post(request, signal, true);
    }
  }

  #complete(own: URLSearchParams): URLSearchParams {
    const { scopes, resources, audience } = this.#settings;
    const form = new URLSearchParams(own);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    for (const resource of resources) form.append('resource', resource);
    if (audience !== undefined) form.set('audience', audience);
    return form;
  }

  #toToken(response: TokenResponse, obtainedAt: number, last: CachedToken | undefined): CachedToken {
    const { scopes: asked } = this.#settings;
    const { accessToken, scopes, refreshToken = last?.refreshToken } = response;
    if (scopes !== undefined && asked.some((scope) => !scopes.includes(scope)))
      this.#context.emit({ kind: 'scope-narrowed', asked, granted: scopes });
    return Object.freeze({
      accessToken,
      obtainedAt,
      expiresAt: findExpiry(response, obtainedAt),
      ...(scopes !== undefined && { scopes }),
      ...(refreshToken !== undefined && { refreshToken }),
    });
  }

  #name(endpoint: URL): { readonly endpoint: string; readonly clientId: string } {
    return { endpoint: endpoint.origin + endpoint.pathname, clientId: this.#settings.clientId ?? '' };
  }
}
