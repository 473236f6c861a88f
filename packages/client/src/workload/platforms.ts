import type { TokenSupplier } from '../token-supplier.js';
import { tokenFile } from './token-file.js';

/**
 * Gives the token of this pod's service account. Kubernetes replaces it before it ends.
 * @param path where the token is projected. The default is one for the Kubernetes API itself: for an issuer project one of its own,
 * whose audience it is.
 */
export function kubernetesToken(path = '/var/run/secrets/kubernetes.io/serviceaccount/token'): TokenSupplier {
  return tokenFile(path);
}

/** `clientAssertionType` for a SPIFFE JWT (draft-ietf-oauth-spiffe-client-auth). */
export const spiffeAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe';

/**
 * Gives the JWT-SVID that an agent of SPIFFE keeps in a file.
 * @example clientCredentials({ issuer, clientId, clientAssertion: spiffeToken('/run/spiffe/jwt.token'), clientAssertionType: spiffeAssertionType })
 */
export function spiffeToken(path: string): TokenSupplier {
  return tokenFile(path);
}
