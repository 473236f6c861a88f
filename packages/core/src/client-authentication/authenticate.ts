import { after } from '../base/awaitable.js';
import type { Secret } from '../base/secret.js';
import type { Awaitable } from '../contracts/awaitable.js';
import type { Clock, RandomSource } from '../contracts/clock.js';
import type { SigningKey } from '../contracts/signer.js';
import { formatClientSecretBasic } from './basic.js';
import { clientAssertionType, signClientAssertion } from './private-key-jwt.js';

/** How a client proves itself to an authorization server, by the names of RFC 8414 §2 (`token_endpoint_auth_methods_supported`). */
export type ClientAuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth';

/** A client with what it proves itself by. */
export type Client = { readonly clientId: string } & (
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly clientSecret: Secret<string> }
  | {
      readonly method: 'private_key_jwt';
      /** Imported on first use. */
      readonly signingKey: () => Awaitable<SigningKey>;
      /** The issuer of the authorization server. */
      readonly audience: string;
    }
  /** The connection proves it (RFC 8705 §2): whoever sends the request brings the certificate. */
  | { readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth' }
);

/** What a request to an authorization server gets so that it proves who asks. */
export interface ClientProof {
  readonly headers: Readonly<Record<string, string>>;
  /** For the form in the body; never for a URL (RFC 6749 §2.3.1). */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a proof is made with. */
export interface ClientProofContext {
  readonly clock: Clock;
  readonly random?: RandomSource;
}

/**
 * Makes what one request needs to prove its client: one method, never two (RFC 6749 §2.3).
 * @returns a fresh proof each time, at once unless a key takes its time
 */
export function authenticateClient(client: Client, context: ClientProofContext): Awaitable<ClientProof> {
  const { clientId } = client;
  switch (client.method) {
    case 'client_secret_basic':
      return {
        headers: { authorization: formatClientSecretBasic(clientId, client.clientSecret.reveal()) },
        parameters: {},
      };
    case 'client_secret_post':
      return { headers: {}, parameters: { client_id: clientId, client_secret: client.clientSecret.reveal() } };
    case 'private_key_jwt': {
      const { audience } = client;
      const assertion = after(client.signingKey(), (key) =>
        signClientAssertion(key, { clientId, audience, ...context }),
      );
      return after(assertion, (text) => ({
        headers: {},
        parameters: { client_id: clientId, client_assertion_type: clientAssertionType, client_assertion: text },
      }));
    }
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      return { headers: {}, parameters: { client_id: clientId } };
  }
}
