import type { EndpointContext } from '../../contracts/endpoint.js';
import type { Issuing } from '../access-token.js';
import type { Binding } from '../binding.js';
import type { Client } from '../clients.js';
import type { Form } from '../form.js';

/** A request for a token by a client that was authenticated, and that may use the grant. */
export interface GrantRequest {
  readonly issuing: Issuing;
  readonly form: Form;
  readonly client: Client;
  /** What its tokens are bound to. */
  readonly binding: Binding | undefined;
  readonly context: EndpointContext;
}
