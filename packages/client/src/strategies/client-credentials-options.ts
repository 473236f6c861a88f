import { Faults, Secret } from '@auth/core/signing';

import { checkTexts } from './option-checks.js';

/** How the client authenticates itself, by the names of RFC 8414. */
export type ClientAuthentication = 'client_secret_basic' | 'client_secret_post';

/** Options of `clientCredentials()`. Exactly one of `issuer` and `tokenEndpoint`. */
export interface ClientCredentialsOptions {
  /** Its token endpoint is found by discovery (RFC 8414). An https URL without query and fragment, exactly as the issuer writes it. */
  readonly issuer?: string;
  /** An https URL without fragment. */
  readonly tokenEndpoint?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default `client_secret_basic`. */
  readonly clientAuthentication?: ClientAuthentication;
  readonly scopes?: readonly string[];
  /** The API that the token is for (RFC 8707): an absolute URI without fragment, or several. */
  readonly resource?: string | readonly string[];
  /** The same for issuers that know this parameter instead. */
  readonly audience?: string;
}

/** Options of `clientCredentials()`, checked and filled in. */
export interface ClientCredentialsSettings {
  readonly issuer: string | undefined;
  /** The issuer, or the token endpoint where there is none. */
  readonly server: URL;
  readonly clientId: string;
  readonly clientSecret: Secret<string>;
  readonly clientAuthentication: ClientAuthentication;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly audience: string | undefined;
}

const known = [
  'issuer', 'tokenEndpoint', 'clientId', 'clientSecret', 'clientAuthentication', 'scopes', 'resource', 'audience',
]; // prettier-ignore
const authentications: readonly ClientAuthentication[] = ['client_secret_basic', 'client_secret_post'];
// RFC 6749 §3.3.
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws ConfigurationError with every fault of the options; none shows the secret. */
export function checkClientCredentials(options: ClientCredentialsOptions): ClientCredentialsSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { issuer, tokenEndpoint, clientId, clientSecret, scopes = [], resource = [], audience } = options;
  const { clientAuthentication = 'client_secret_basic' } = options;
  checkTexts({ clientId, clientSecret, ...(audience !== undefined && { audience }) }, faults);
  if (!authentications.includes(clientAuthentication))
    faults.add('clientAuthentication', 'invalid-option', `must be one of ${authentications.join(', ')}`);
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
  const server = readServer(issuer, tokenEndpoint, faults);
  faults.throwIfAny();
  return {
    issuer,
    server: server as URL,
    clientId,
    clientSecret: new Secret(clientSecret),
    clientAuthentication,
    scopes: [...scopes],
    resources: [...resources],
    audience,
  };
}

function readServer(issuer: unknown, tokenEndpoint: unknown, faults: Faults): URL | undefined {
  if ((issuer === undefined) === (tokenEndpoint === undefined)) {
    faults.add('issuer', 'issuer-required', 'write exactly one of issuer (found by discovery) and tokenEndpoint');
    return undefined;
  }
  const [name, text] =
    issuer === undefined ? (['tokenEndpoint', tokenEndpoint] as const) : (['issuer', issuer] as const);
  const url = typeof text === 'string' && /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hash !== '' || (name === 'issuer' && url.search !== ''))
    faults.add(name, 'invalid-option', 'must be an https URL, an issuer without query, both without fragment');
  return url;
}

function isListOf(list: unknown, test: (text: string) => boolean): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === 'string' && test(item));
}
