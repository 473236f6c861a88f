import type { ClientAuthentication } from './client-authentication.js';

/** Names the client alone: it is public, or its certificate says the rest (RFC 6749 §3.2.1, RFC 8705 §2). */
export function createWithoutSecret(clientId: string | undefined): ClientAuthentication {
  return {
    apply(form) {
      if (clientId !== undefined) form.set('client_id', clientId);
      return { secrets: [] };
    },
  };
}
