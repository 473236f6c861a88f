import { formatClientSecretBasic, type Secret } from '@auth/core/signing';

import type { Authenticated, ClientAuthentication } from './client-authentication.js';

/** Options of a client that has a secret, or two while it is rotated. */
export interface ClientSecretSettings {
  readonly method: 'client_secret_basic' | 'client_secret_post';
  readonly clientId: string;
  readonly secrets: readonly Secret<string>[];
}

/** Authenticates by a shared secret: in the Basic field, or in the form (RFC 6749 §2.3.1). */
export function createClientSecret({ method, clientId, secrets }: ClientSecretSettings): ClientAuthentication {
  let order = secrets;
  return {
    apply: (form) => authenticate(method, form, clientId, order[0]!.reveal()),
    swap() {
      const [first, ...others] = order;
      order = [...others, first!];
      return others.length > 0;
    },
  };
}

function authenticate(
  method: ClientSecretSettings['method'],
  form: URLSearchParams,
  clientId: string,
  secret: string,
): Authenticated {
  const authorization = formatClientSecretBasic(clientId, secret);
  const encoded = new URLSearchParams([['', secret]]).toString().slice(1);
  const secrets = [secret, encoded, encodeURIComponent(secret), authorization.slice('Basic '.length)];
  // RFC 6749 §2.3: one method of authentication in one request.
  if (method === 'client_secret_basic') return { authorization, secrets };
  form.set('client_id', clientId);
  form.set('client_secret', secret);
  return { secrets };
}
