import { readToken } from '../read-token.js';
import type { TokenSupplier } from '../token-supplier.js';
import type { ClientAuthentication } from './client-authentication.js';

/** Options of a client whose assertion the platform makes. */
export interface ClientAssertionSettings {
  readonly clientId: string | undefined;
  readonly assertion: TokenSupplier;
  readonly assertionType: string;
}

/** Authenticates by a token of the platform (RFC 7523 §2.2, RFC 7521 §4.2): Kubernetes, SPIFFE and others. */
export function createClientAssertion(settings: ClientAssertionSettings): ClientAuthentication {
  const { clientId, assertion, assertionType } = settings;
  return {
    async apply(form, { signal }) {
      const token = await readToken(assertion, signal);
      if (clientId !== undefined) form.set('client_id', clientId);
      form.set('client_assertion_type', assertionType);
      form.set('client_assertion', token);
      return { secrets: [token] };
    },
  };
}
