import { crypto } from '#crypto';

import { after } from '../../base/awaitable.js';
import type { Awaitable } from '../../contracts/awaitable.js';
import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest, ClientCertificates } from '../../contracts/request.js';
import type { CertificateReader, Context, Extracted, Limits, Scheme, Verified } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { formatChallenge } from '../../http/challenge.js';
import { parseCertificate, type Certificate } from './certificate.js';
import { isCurrent, isSelfIssued, type Chain } from './chain.js';
import { checkMtlsOptions, type MtlsOptions, type MtlsSettings } from './options.js';
import { findSubject, type Subject } from './subjects.js';
import { remember } from './trust.js';

/** Certificates carry no claims. */
export type NoClaims = Record<never, never>;

/** Certificates as they came: leaf first. */
export type MtlsCredentials = ClientCertificates;

/** What `mtls()` answers. */
export type MtlsScheme = Scheme<'mtls', NoClaims, MtlsCredentials>;

const noClaims: NoClaims = Object.freeze({});
const absent = Object.freeze({ kind: 'absent' } as const);
const untrustedField = Object.freeze({
  kind: 'foreign',
  field: 'client-cert',
  failure: failure('certificate-header-untrusted'),
} as const);

const maxCertificates = 10;
const maxCertificateBytes = 16_384;
const digitalSignature = 1;

/**
 * Makes a scheme that takes the client certificate of the connection, or the one that a trusted proxy tells (`clientCertificateFrom`).
 *
 * Checks, at each request and on resumed sessions too, whatever the TLS layer has checked: that a chain leads to one of `ca` (RFC 5280 §6.1:
 * signatures, dates, authorities, path lengths, key usages, name constraints, critical extensions); algorithms and key sizes; that the leaf
 * is no authority and may sign, as a client; revocation by `crl`; that exactly one name of it is known; that the request is for the host that
 * the handshake named. Self-signed certificates pass where their thumbprint is registered (RFC 8705 §2.2).
 * Does not check: OCSP; certificate policies (those that demand one are refused); the key of the certificate, which the handshake has
 * proved, here or at the proxy.
 * @throws ConfigurationError with every fault of the options.
 * @example mtls({ ca: watchFile('clients-ca.pem'), subjects: [{ sanUri: 'spiffe://example/payments', subject: 'payments' }] })
 */
export function mtls(options: MtlsOptions): MtlsScheme {
  const settings = checkMtlsOptions(options);
  const parse = createParser();
  return Object.freeze({
    type: 'mtls',
    extract: (request: AuthRequest, _limits: Limits, certificates?: CertificateReader) =>
      certificates === undefined ? absent : extract(certificates(request), request),
    verify: (credentials: MtlsCredentials, _request: AuthRequest, context: Context) =>
      verify(settings, parse(credentials), context),
    challenge: (realm: string) => ({
      // Decision: no registered scheme fits; the name tells what is wanted.
      headers: [
        ['www-authenticate', formatChallenge('ClientCertificate', [['realm', settings.realm ?? realm]])] as const,
      ],
    }),
  } satisfies MtlsScheme);
}

function extract(found: ClientCertificates | Failure, request: AuthRequest): Extracted<MtlsCredentials> {
  if (found.kind === 'failure') return found;
  const [leaf] = found.chain;
  if (leaf === undefined) return found.spoofed ? untrustedField : absent;
  if (found.chain.length > maxCertificates || found.chain.some(({ length }) => length > maxCertificateBytes))
    return failure('credential-too-large');
  const { serverName } = request.connection;
  // RFC 9110 §15.5.20: what the handshake showed is for the host that it named.
  if (found.from === 'connection' && serverName !== undefined && serverName.toLowerCase() !== request.url.hostname)
    return failure('sni-mismatch');
  const identifier = crypto.encodeBase64url(crypto.sha256(leaf));
  return { kind: 'credentials', field: 'client-cert', credentials: found, identifier };
}

type Parsed = readonly [leaf: Certificate, ...others: Certificate[]];

/** Parses what came; each certificate once, and the oldest is forgotten. */
function createParser(): (sent: ClientCertificates) => Parsed | Failure {
  const known = new Map<string, Certificate>();
  const parse = (der: Uint8Array): Certificate => {
    const thumbprint = crypto.encodeBase64url(crypto.sha256(der));
    let certificate = known.get(thumbprint);
    // A copy: what came may lie in a larger buffer, or change.
    if (certificate === undefined) remember(known, thumbprint, (certificate = parseCertificate(Uint8Array.from(der))));
    return certificate;
  };
  return ({ chain, from }) => {
    try {
      return chain.map(parse) as unknown as Parsed;
    } catch {
      return failure(from === 'proxy' ? 'certificate-header-malformed' : 'certificate-untrusted');
    }
  };
}

function verify(settings: MtlsSettings, parsed: Parsed | Failure, context: Context): Awaitable<Verified<NoClaims>> {
  if ('kind' in parsed) return parsed;
  const [leaf, ...intermediates] = parsed;
  const now = context.clock.now();
  const { trust, subjects } = settings;
  // Registered itself: no authority has to vouch for it.
  const registered = subjects.thumbprint.get(leaf.thumbprint);
  if (registered !== undefined && (trust === undefined || isSelfIssued(leaf)))
    return judgeRegistered(leaf, now) ?? verified(registered, leaf);
  if (trust === undefined) return failure('certificate-untrusted');
  return after(trust.find(leaf, intermediates, { now, onError: context.onError }), (chain) => {
    if (typeof chain === 'string') return failure(chain);
    const misused = judgeUse(settings, chain);
    if (misused !== undefined) return misused;
    return after(trust.judgeRevocation(chain, now), (revoked) => identify(settings, leaf, revoked && failure(revoked)));
  });
}

function judgeRegistered(leaf: Certificate, now: number): Failure | undefined {
  if (leaf.key.kind === undefined) return failure('certificate-weak');
  return isCurrent(leaf, now) ? undefined : failure('certificate-expired');
}

/** RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.12; usages of another kind have ended the search for a chain. */
function judgeUse({ requireClientAuthEku }: MtlsSettings, [leaf]: Chain): Failure | undefined {
  const { authority, keyUsage = digitalSignature, extendedKeyUsage } = leaf!.extensions;
  const misused = authority === true || (keyUsage & digitalSignature) === 0;
  return misused || (requireClientAuthEku && extendedKeyUsage === undefined) ? failure('certificate-usage') : undefined;
}

function identify({ subjects }: MtlsSettings, leaf: Certificate, refused: Failure | undefined): Verified<NoClaims> {
  if (refused !== undefined) return refused;
  const found = findSubject(leaf, subjects);
  return typeof found === 'string' ? failure(found, { code: 'invalid-certificate' }) : verified(found, leaf);
}

function verified({ subject, scopes, roles }: Subject, { thumbprint, notAfter }: Certificate): Verified<NoClaims> {
  return {
    kind: 'verified',
    principal: Object.freeze({
      issuer: null,
      subject,
      credentialId: thumbprint,
      scopes,
      roles,
      claims: noClaims,
      // To the end of its last second.
      expiresAt: notAfter + 1,
    }),
  };
}
