import type { Served } from '../contracts/endpoint.js';
import { asymmetricAlgorithms } from '../crypto/algorithms.js';
import { answerJson } from '../http/json-answer.js';
import type { Issuing } from './access-token.js';
import { grantTypes } from './clients.js';
import type { Work } from './endpoint.js';
import type { IssuerSettings } from './options.js';

// Decision: shorter than a key is published before it signs, so that no cache on the way hides it for too long.
const cached = [['cache-control', 'public, max-age=300']] as const;

const published = (json: object): Served => ({ kind: 'served', answer: answerJson(200, json, cached), deed: null });

/** The keys that tokens are verified with (RFC 7517 §5): the next one too, and those whose tokens are still good. */
export const keysEndpoint =
  ({ ring }: Issuing): Work =>
  async (_request, context) =>
    published({ keys: (await ring.at(context)).published });

/** What the issuer can do (RFC 8414 §2): nothing that it does not enforce. */
export const metadataEndpoint = ({ settings }: Issuing): Work => {
  const document = metadataOf(settings);
  return async () => published(document);
};

function metadataOf(settings: IssuerSettings): object {
  const { issuer, mount, clients, login } = settings;
  const at = (path: string): string => `${new URL(issuer).origin}${mount}${path}`;
  const all = [...clients.values()];
  const methods = [...new Set(all.map(({ method }) => method))];
  const confidential = methods.filter((method) => method !== 'none');
  return {
    issuer,
    token_endpoint: at('/token'),
    jwks_uri: at('/jwks'),
    introspection_endpoint: at('/introspect'),
    revocation_endpoint: at('/revoke'),
    scopes_supported: [...new Set(all.flatMap(({ scopes }) => scopes))],
    response_types_supported: login === undefined ? [] : ['code'],
    grant_types_supported: grantTypes.filter((grant) => all.some(({ grants }) => grants.has(grant))),
    token_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: confidential,
    revocation_endpoint_auth_methods_supported: methods,
    ...(methods.includes('private_key_jwt') && {
      token_endpoint_auth_signing_alg_values_supported: asymmetricAlgorithms,
    }),
    ...(all.some(({ dpop }) => dpop !== 'off') && { dpop_signing_alg_values_supported: asymmetricAlgorithms }),
    ...(all.some(({ certificateBound }) => certificateBound !== 'off') && {
      tls_client_certificate_bound_access_tokens: true,
    }),
    ...(login !== undefined && {
      authorization_endpoint: at('/authorize'),
      pushed_authorization_request_endpoint: at('/par'),
      response_modes_supported: ['query'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    }),
  };
}
