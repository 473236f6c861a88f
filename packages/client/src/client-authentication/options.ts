import { Secret, type Awaitable, type Faults, type SigningKey } from '@auth/core/signing';

import { checkTexts } from '../strategies/option-checks.js';
import { checkToken, type TokenSupplier } from '../token-supplier.js';
import { createClientAssertion } from './client-assertion.js';
import type { ClientAuthentication, ClientAuthenticationMethod } from './client-authentication.js';
import { createClientSecret } from './client-secret.js';
import { createPrivateKeyJwt } from './private-key-jwt.js';
import { createWithoutSecret } from './without-secret.js';

/** How a client authenticates itself at the token endpoint. */
export interface ClientAuthenticationOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** While a secret is rotated: used where the other is refused, and first from then on. */
  readonly secondaryClientSecret?: string;
  /** Signs assertions for `private_key_jwt`: `createSigningKey({ … })` of `@auth/core/signing`. */
  readonly signingKey?: Awaitable<SigningKey>;
  /** Of the assertion; default the issuer. Wanted where there is only a `tokenEndpoint`. */
  readonly assertionAudience?: string;
  /** A token of the platform that is sent as the assertion: Kubernetes, SPIFFE. */
  readonly clientAssertion?: TokenSupplier;
  /** Default `urn:ietf:params:oauth:client-assertion-type:jwt-bearer` (RFC 7523 §2.2). */
  readonly clientAssertionType?: string;
  /** Default: by what is given; `client_secret_basic` for a secret, `none` for nothing. */
  readonly clientAuthentication?: ClientAuthenticationMethod;
}

export const clientAuthenticationOptions: readonly string[] = [
  'clientId', 'clientSecret', 'secondaryClientSecret', 'signingKey', 'assertionAudience', 'clientAssertion', 'clientAssertionType',
  'clientAuthentication',
]; // prettier-ignore
const methods: readonly ClientAuthenticationMethod[] = [
  'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth', 'none',
]; // prettier-ignore

/**
 * Checks how a client authenticates itself, and answers what does it: one for each client.
 * Checks: that what is given fits the method, and that there is exactly one.
 */
export function checkClientAuthentication(
  options: ClientAuthenticationOptions,
  { issuer, faults }: { readonly issuer: unknown; readonly faults: Faults },
): () => ClientAuthentication {
  const { clientId, clientSecret, secondaryClientSecret, signingKey, clientAssertion } = options;
  const method = options.clientAuthentication ?? guessMethod(options);
  for (const name of [
    'clientId',
    'clientSecret',
    'secondaryClientSecret',
    'assertionAudience',
    'clientAssertionType',
  ] as const)
    if (options[name] !== undefined) checkTexts({ [name]: options[name] }, faults);
  if (!methods.includes(method)) {
    faults.add('clientAuthentication', 'invalid-option', `must be one of ${methods.join(', ')}`);
    return () => createWithoutSecret(clientId);
  }
  checkGiven(options, method, faults);
  if (method === 'private_key_jwt') {
    if (clientAssertion !== undefined) {
      const assertionType = options.clientAssertionType ?? 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      return () => createClientAssertion({ clientId, assertion: clientAssertion, assertionType });
    }
    const audience = options.assertionAudience ?? issuer;
    if (audience === undefined)
      faults.add('assertionAudience', 'audience-required', 'write the issuer, for which the assertion is made');
    return () => createPrivateKeyJwt({ clientId: clientId!, key: signingKey!, audience: audience as string });
  }
  if (method !== 'client_secret_basic' && method !== 'client_secret_post') return () => createWithoutSecret(clientId);
  const secrets = [clientSecret, secondaryClientSecret]
    .filter((each) => each !== undefined)
    .map((each) => new Secret(each));
  return () => createClientSecret({ method, clientId: clientId!, secrets });
}

function guessMethod({
  clientSecret,
  signingKey,
  clientAssertion,
}: ClientAuthenticationOptions): ClientAuthenticationMethod {
  if (signingKey !== undefined || clientAssertion !== undefined) return 'private_key_jwt';
  return clientSecret === undefined ? 'none' : 'client_secret_basic';
}

/** What each method is made with; `clientId` is wanted by all but the last two. */
function checkGiven(options: ClientAuthenticationOptions, method: ClientAuthenticationMethod, faults: Faults): void {
  const { clientId, clientSecret, secondaryClientSecret, signingKey, clientAssertion } = options;
  const byText = method.startsWith('client_secret_');
  const byKey = method === 'private_key_jwt';
  if (clientId === undefined && method !== 'none' && clientAssertion === undefined)
    faults.add('clientId', 'invalid-option', 'must be text, and not empty');
  if (byText !== (clientSecret !== undefined))
    faults.add(
      'clientSecret',
      'invalid-option',
      byText ? 'must be text, and not empty' : `must not stand beside ${method}`,
    );
  if (secondaryClientSecret !== undefined && clientSecret === undefined)
    faults.add('secondaryClientSecret', 'invalid-option', 'must stand beside clientSecret');
  if (
    byKey
      ? (signingKey === undefined) === (clientAssertion === undefined)
      : (signingKey ?? clientAssertion) !== undefined
  )
    faults.add(
      'signingKey',
      'invalid-option',
      byKey ? 'write exactly one of signingKey and clientAssertion' : `must not stand beside ${method}`,
    );
  if (signingKey !== undefined && !isKey(signingKey))
    faults.add('signingKey', 'invalid-option', 'must come from createSigningKey');
  if (clientAssertion !== undefined)
    checkToken('clientAssertion', typeof clientAssertion === 'string' ? undefined : clientAssertion, faults);
}

function isKey(key: unknown): boolean {
  const { sign, then } = (typeof key === 'object' && key !== null ? key : {}) as {
    readonly sign?: unknown;
    readonly then?: unknown;
  };
  return typeof sign === 'function' || typeof then === 'function';
}
