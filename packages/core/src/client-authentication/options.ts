import { Once } from '../base/once.js';
import { Secret } from '../base/secret.js';
import type { SigningKey } from '../contracts/signer.js';
import type { Faults } from '../errors/faults.js';
import { checkSigningKeyOptions, createSigningKey, type SigningKeyOptions } from '../keys/signing-key.js';
import type { Client, ClientAuthenticationMethod } from './authenticate.js';

/** How we prove ourselves to an authorization server. */
export interface ClientOptions {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** For `private_key_jwt`: a key, or what `createSigningKey` takes. */
  readonly signingKey?: SigningKey | SigningKeyOptions;
  /**
   * Default: `client_secret_basic` with a secret, `private_key_jwt` with a key. For `tls_client_auth` and
   * `self_signed_tls_client_auth` the `fetch` option must bring the certificate.
   */
  readonly clientAuthentication?: ClientAuthenticationMethod;
  /** The issuer of the authorization server: the audience of `private_key_jwt`. */
  readonly issuer?: string;
}

export const clientMembers = ['clientId', 'clientSecret', 'signingKey', 'clientAuthentication'] as const;

const methods: readonly ClientAuthenticationMethod[] = [
  'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth',
]; // prettier-ignore

/** Adds every fault to `faults`; none shows the secret or the key. */
export function checkClientOptions(options: ClientOptions, faults: Faults): Client {
  const { clientId, clientSecret, signingKey } = options;
  if (typeof clientId !== 'string' || clientId === '')
    faults.add('clientId', 'client-required', 'is missing: write the id under which this API is known there');
  if (clientSecret !== undefined && (typeof clientSecret !== 'string' || clientSecret === ''))
    faults.add('clientSecret', 'invalid-option', 'must be text, and not empty');
  const method = options.clientAuthentication ?? defaultMethod(options);
  if (method === undefined || !methods.includes(method)) {
    faults.add(
      'clientAuthentication',
      'client-authentication-required',
      `is missing: write clientSecret, or signingKey, or one of ${methods.join(', ')}`,
    );
    return { clientId, method: 'tls_client_auth' };
  }
  checkPair(options, method, faults);
  switch (method) {
    case 'client_secret_basic':
    case 'client_secret_post':
      return { clientId, method, clientSecret: new Secret(clientSecret ?? '') };
    case 'private_key_jwt':
      return { clientId, method, signingKey: checkSigningKey(signingKey, faults), audience: options.issuer ?? '' };
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      return { clientId, method };
  }
}

function defaultMethod({ clientSecret, signingKey }: ClientOptions): ClientAuthenticationMethod | undefined {
  if (clientSecret !== undefined) return 'client_secret_basic';
  return signingKey === undefined ? undefined : 'private_key_jwt';
}

/** What a method needs must be there, and what it does not use must not: it would be thought to protect. */
function checkPair(options: ClientOptions, method: ClientAuthenticationMethod, faults: Faults): void {
  const needed = { clientSecret: method.startsWith('client_secret'), signingKey: method === 'private_key_jwt' };
  for (const name of ['clientSecret', 'signingKey'] as const) {
    const given = options[name] !== undefined;
    if (needed[name] && !given) faults.add(name, 'client-authentication-required', `is missing: ${method} needs it`);
    else if (!needed[name] && given)
      faults.add(name, 'contradicting-options', `is not for ${method}: leave one of the two out`);
  }
  if (needed.signingKey && (typeof options.issuer !== 'string' || options.issuer === ''))
    faults.add('issuer', 'issuer-required', 'is missing: it is the audience of the assertions of private_key_jwt');
}

function checkSigningKey(
  value: ClientOptions['signingKey'],
  faults: Faults,
): Extract<Client, { method: 'private_key_jwt' }>['signingKey'] {
  if (typeof (value as SigningKey | null | undefined)?.sign === 'function') return () => value as SigningKey;
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) faults.add('signingKey', 'invalid-option', 'must be a key made by createSigningKey');
  } else faults.within('signingKey', () => checkSigningKeyOptions(value as SigningKeyOptions));
  const key = new Once(() => createSigningKey(value as SigningKeyOptions));
  return () => key.get();
}
