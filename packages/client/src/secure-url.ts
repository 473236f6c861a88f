import { ClientError } from './client-error.js';

/** Whether secrets may go there: https, or http to this machine, or to anywhere where an option says so. */
export function isSecureUrl(url: URL, allowInsecureHttp: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowInsecureHttp || isLoopbackHost(url.hostname));
}

/** In the one form that URLs have: four decimal parts, or brackets. */
function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** @throws ClientError `credentials-in-url` or `insecure-url` */
export function assertSecureUrl(name: string, url: URL, allowInsecureHttp: boolean): void {
  if (url.username !== '' || url.password !== '')
    throw new ClientError('credentials-in-url', `${name}: must hold no user name and no password`);
  if (!isSecureUrl(url, allowInsecureHttp))
    throw new ClientError(
      'insecure-url',
      `${name}: must be https (plain http goes to this machine only, or with allowInsecureHttp: true)`,
    );
}

/**
 * Refuses to send secrets while this process takes every certificate.
 * @throws ClientError `insecure-tls`
 */
export function assertVerifiedTls(allowInsecureTls: boolean): void {
  const { process } = globalThis as { readonly process?: { readonly env?: Record<string, string | undefined> } };
  if (allowInsecureTls || process?.env?.['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  throw new ClientError(
    'insecure-tls',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 switches the verification of certificates off: unset it, or write allowInsecureTls: true',
  );
}
