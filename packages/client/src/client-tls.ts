import type { Fetch } from './transport.js';

/** Connections with a certificate of this client: `createTlsAgent` of `@auth/client/tls` makes them. */
export interface ClientTls {
  /** Sends over them. */
  readonly fetch: Fetch;
  /** Names the certificate in use: tokens that were got with another are not used further. */
  readonly identity: string;
}
