import { crypto } from '#crypto';

import { decodeBase64 } from '../base/base64.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import type { JwkSet } from '../contracts/key.js';
import type { AuthRequest } from '../contracts/request.js';
import type { Context, Scheme } from '../contracts/scheme.js';
import type { Faults } from '../errors/faults.js';
import { FailureError } from '../errors/failure-error.js';
import type { Client } from './clients.js';
import type { IssuerSettings } from './options.js';
import { OAuthRefusal } from './refusal.js';

/** Says whose a client certificate is: what `mtls()` makes. */
export type CertificateScheme = Pick<Scheme<'mtls', object, never>, 'type' | 'extract' | 'verify'>;

// The form of a certificate has bounds of its own.
const limits = { maxCredentialBytes: Number.MAX_SAFE_INTEGER };

/** SHA-256 of the certificate of a caller (RFC 8705 §3.1); undefined where none came, or none that can be read. */
export function thumbprintOf(request: AuthRequest, { clientCertificates }: EndpointContext): string | undefined {
  const found = clientCertificates(request);
  const [leaf] = found.kind === 'failure' ? [] : found.chain;
  return leaf === undefined ? undefined : crypto.encodeBase64url(crypto.sha256(leaf));
}

/**
 * Proves a client by the certificate of its connection (RFC 8705 §2).
 * Checks: for `tls_client_auth` all that `mtls()` does, and that its subject is this client; for `self_signed_tls_client_auth` that the
 * certificate is one of those registered.
 * Does not check: the dates of a registered certificate (§2.2): it ends when it leaves the set.
 * @returns the thumbprint of the certificate
 * @throws OAuthRefusal
 */
export async function proveCertificate(
  { clientCertificates: scheme }: IssuerSettings,
  client: Client,
  { request, context }: { readonly request: AuthRequest; readonly context: EndpointContext },
): Promise<string> {
  const { clientId } = client;
  const thumbprint = thumbprintOf(request, context);
  if (thumbprint === undefined) throw new OAuthRefusal('invalid_client', 'client-unauthenticated');
  const isTheirs =
    client.method === 'self_signed_tls_client_auth'
      ? client.certificates.has(thumbprint)
      : (await findSubject(scheme!, request, context)) === clientId;
  if (!isTheirs) throw new OAuthRefusal('invalid_client', 'client-certificate-mismatch');
  return thumbprint;
}

async function findSubject(
  scheme: CertificateScheme,
  request: AuthRequest,
  endpoint: EndpointContext,
): Promise<string | undefined> {
  const { alert: _alert, ...context } = endpoint;
  const found = await scheme.extract(request, limits, context.clientCertificates);
  if (found.kind !== 'credentials') return undefined;
  const verified = await scheme.verify(found.credentials, request, context satisfies Context);
  if (verified.kind === 'verified') return verified.principal.subject;
  // Nobody knows whether it was revoked.
  if (verified.code === 'dependency-unavailable') throw new FailureError(verified);
  return undefined;
}

/** Reads the certificates of a client (RFC 7517 §4.7). Adds every fault to `faults`. */
export function readSelfSigned(jwks: JwkSet | undefined, faults: Faults): ReadonlySet<string> {
  const thumbprints = new Set<string>();
  for (const [index, jwk] of (Array.isArray(jwks?.keys) ? jwks.keys : []).entries()) {
    const [certificate]: readonly unknown[] = Array.isArray(jwk['x5c']) ? jwk['x5c'] : [];
    const der = typeof certificate === 'string' ? decodeBase64(certificate) : undefined;
    if (der === undefined || der.length === 0)
      faults.add(
        `jwks.keys[${index}].x5c`,
        'invalid-option',
        'must be a list that begins with a certificate in base64',
      );
    else thumbprints.add(crypto.encodeBase64url(crypto.sha256(der)));
  }
  if (jwks !== undefined && thumbprints.size === 0)
    faults.add('jwks', 'invalid-option', 'must hold at least one certificate in x5c (RFC 8705 §2.2.2)');
  return thumbprints;
}
