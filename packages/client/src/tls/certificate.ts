import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import { redactError } from '../redact.js';

/** What proves who this client is: a key and its certificates in PEM, or both in PKCS #12. */
export type ClientCertificate =
  | { readonly key: string | Uint8Array; readonly cert: string | Uint8Array; readonly passphrase?: string }
  | { readonly pfx: Uint8Array; readonly passphrase?: string };

/** A certificate that was checked, and what names it. */
export interface LoadedCertificate {
  readonly material: ClientCertificate;
  /** SHA-256 in base64url: of the certificate (`x5t#S256`, RFC 8705 §3.1), or of the PKCS #12 file. */
  readonly identity: string;
}

/**
 * Checks: that key and certificate belong together, and that TLS takes both.
 * Does not check: whether the certificate is still good, which the server judges.
 * @throws Error that does not show the key
 */
export function loadCertificate(material: ClientCertificate): LoadedCertificate {
  try {
    createSecureContext(toTls(material));
    if ('pfx' in material) return { material, identity: digestOf(material.pfx) };
    const { key, cert, passphrase } = material;
    const certificate = new X509Certificate(cert);
    const privateKey = createPrivateKey({
      key: asText(key),
      format: 'pem',
      ...(passphrase !== undefined && { passphrase }),
    });
    if (!certificate.checkPrivateKey(privateKey)) throw new Error('they do not belong together');
    return { material, identity: digestOf(certificate.raw) };
  } catch (error) {
    // Half a file that is being written, and all else. The error of OpenSSL may hold what it could not read.
    // oxlint-disable-next-line preserve-caught-error -- redacted
    throw new Error(`key and certificate cannot be used: ${(error as Error).message}`, {
      cause: redactError(error, []),
    });
  }
}

/** As `tls.connect` takes it. */
export function toTls(material: ClientCertificate): { readonly [name: string]: string | Buffer } {
  const { passphrase } = material;
  const own = passphrase === undefined ? {} : { passphrase };
  if ('pfx' in material) return { ...own, pfx: Buffer.from(material.pfx) };
  return { ...own, key: asText(material.key), cert: asText(material.cert) };
}

const asText = (pem: string | Uint8Array): string => (typeof pem === 'string' ? pem : Buffer.from(pem).toString());
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');
