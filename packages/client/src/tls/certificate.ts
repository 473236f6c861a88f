import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

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
  let loaded: { readonly identity: string; readonly belongs: boolean };
  try {
    createSecureContext(toTls(material));
    loaded = 'pfx' in material ? { identity: digestOf(material.pfx), belongs: true } : loadPem(material);
  } catch (error) {
    // Half a file that is being written, and all else. What OpenSSL says may hold what it could not read: its code alone is told.
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    // oxlint-disable-next-line preserve-caught-error -- it may hold the key
    throw new Error(`key and certificate cannot be used: ${code}`);
  }
  if (!loaded.belongs) throw new Error('key and certificate cannot be used: they do not belong together');
  return { material, identity: loaded.identity };
}

function loadPem({ key, cert, passphrase }: Extract<ClientCertificate, { cert: unknown }>): {
  readonly identity: string;
  readonly belongs: boolean;
} {
  const certificate = new X509Certificate(cert);
  const privateKey = createPrivateKey({
    key: asText(key),
    format: 'pem',
    ...(passphrase !== undefined && { passphrase }),
  });
  return { identity: digestOf(certificate.raw), belongs: certificate.checkPrivateKey(privateKey) };
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
