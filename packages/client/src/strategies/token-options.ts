import type { Awaitable, DpopKey, Faults } from '@auth/core/signing';

import type { ClientAuthentication } from '../client-authentication/client-authentication.js';
import {
  checkClientAuthentication,
  clientAuthenticationOptions,
  type ClientAuthenticationOptions,
} from '../client-authentication/options.js';
import { checkTexts } from './option-checks.js';

/** What all strategies share that get access tokens. Exactly one of `issuer` and `tokenEndpoint`. */
export interface TokenOptions extends ClientAuthenticationOptions {
  /** Its token endpoint is found by discovery (RFC 8414). An https URL without query and fragment, exactly as the issuer writes it. */
  readonly issuer?: string;
  /** An https URL without fragment. */
  readonly tokenEndpoint?: string;
  readonly scopes?: readonly string[];
  /** The API that the token is for (RFC 8707): an absolute URI without fragment, or several. */
  readonly resource?: string | readonly string[];
  /** The same for issuers that know this parameter instead. */
  readonly audience?: string;
  /** Binds tokens to a key, which proves each request (RFC 9449): `createDpopKey()` of `@auth/core/signing`. */
  readonly dpop?: Awaitable<DpopKey>;
  /**
   * Revokes the tokens at hand when the client is closed (RFC 7009), those of a shared token cache too. Where that fails an event says
   * so, and they end by themselves. Default false.
   */
  readonly revokeOnClose?: boolean;
  /** Beside `tokenEndpoint`: where tokens are revoked. With `issuer` it is found by discovery. */
  readonly revocationEndpoint?: string;
}

/** Options of a strategy that gets access tokens, checked and filled in. */
export interface TokenSettings {
  readonly issuer: string | undefined;
  /** The issuer, or the token endpoint where there is none. */
  readonly server: URL;
  readonly clientId: string | undefined;
  readonly authentication: () => ClientAuthentication;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly audience: string | undefined;
  readonly dpop: Awaitable<DpopKey> | undefined;
  readonly revokeOnClose: boolean;
  readonly revocationEndpoint: URL | undefined;
}

/** Names of the options that `checkTokenOptions` knows. */
export const tokenOptions: readonly string[] = [
  'issuer', 'tokenEndpoint', ...clientAuthenticationOptions, 'scopes', 'resource', 'audience', 'dpop',
  'revokeOnClose', 'revocationEndpoint',
]; // prettier-ignore
// RFC 6749 §3.3.
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Notes every fault of the options; none shows a secret. */
export function checkTokenOptions(options: TokenOptions, faults: Faults): TokenSettings {
  const { issuer, tokenEndpoint, clientId, scopes = [], resource = [], audience, dpop } = options;
  const authentication = checkClientAuthentication(options, { issuer, faults });
  if (audience !== undefined) checkTexts({ audience }, faults);
  if (!isListOf(scopes, (scope) => scopeToken.test(scope)))
    faults.add(
      'scopes',
      'invalid-option',
      'must be a list of scopes, each of visible ASCII characters (RFC 6749 §3.3)',
    );
  const resources = typeof resource === 'string' ? [resource] : resource;
  if (!isListOf(resources, (uri) => URL.canParse(uri) && !uri.includes('#')))
    faults.add(
      'resource',
      'invalid-option',
      'must be an absolute URI without fragment, or a list of them (RFC 8707 §2)',
    );
  if (dpop !== undefined && !isDpopKey(dpop)) faults.add('dpop', 'invalid-option', 'must come from createDpopKey');
  const server = readServer(issuer, tokenEndpoint, faults);
  const revocationEndpoint = checkRevocation(options, faults);
  // Where there was a fault, nobody reads the rest.
  return {
    issuer,
    server: server as URL,
    clientId,
    authentication,
    scopes: Array.isArray(scopes) ? [...scopes] : [],
    resources: Array.isArray(resources) ? [...resources] : [],
    audience,
    dpop,
    revokeOnClose: options.revokeOnClose ?? false,
    revocationEndpoint,
  };
}

function checkRevocation(options: TokenOptions, faults: Faults): URL | undefined {
  const { revokeOnClose = false, revocationEndpoint, tokenEndpoint } = options;
  if (typeof revokeOnClose !== 'boolean') faults.add('revokeOnClose', 'invalid-option', 'must be true or false');
  const isWanted = revokeOnClose && tokenEndpoint !== undefined;
  if (isWanted !== (revocationEndpoint !== undefined))
    faults.add(
      'revocationEndpoint',
      'invalid-option',
      isWanted ? 'must stand beside tokenEndpoint' : 'must stand beside tokenEndpoint with revokeOnClose, nowhere else',
    );
  if (revocationEndpoint === undefined) return undefined;
  const url = toEndpoint(revocationEndpoint);
  if (url === undefined) faults.add('revocationEndpoint', 'invalid-option', 'must be an https URL without fragment');
  return url;
}

function toEndpoint(text: unknown): URL | undefined {
  const url = typeof text === 'string' && /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url?.hash === '' ? url : undefined;
}

function readServer(issuer: unknown, tokenEndpoint: unknown, faults: Faults): URL | undefined {
  if ((issuer === undefined) === (tokenEndpoint === undefined)) {
    faults.add('issuer', 'issuer-required', 'write exactly one of issuer (found by discovery) and tokenEndpoint');
    return undefined;
  }
  const [name, text] =
    issuer === undefined ? (['tokenEndpoint', tokenEndpoint] as const) : (['issuer', issuer] as const);
  const url = toEndpoint(text);
  if (url === undefined || (name === 'issuer' && url.search !== ''))
    faults.add(name, 'invalid-option', 'must be an https URL, an issuer without query, both without fragment');
  return url;
}

function isListOf(list: unknown, test: (text: string) => boolean): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === 'string' && test(item));
}

function isDpopKey(key: unknown): boolean {
  const { publicJwk, sign, then } = (typeof key === 'object' && key !== null ? key : {}) as Readonly<
    Record<string, unknown>
  >;
  return typeof then === 'function' || (typeof sign === 'function' && typeof publicJwk === 'object');
}
