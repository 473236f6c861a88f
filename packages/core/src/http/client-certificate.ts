import { decodeBase64 } from '../base/base64.js';
import type { Failure } from '../contracts/failure.js';
import type { AuthRequest, ClientCertificates, RequestHeaders } from '../contracts/request.js';
import { failure } from '../errors/failures.js';
import type { AddressSet } from './addresses.js';

/** How the caller's certificate comes: by its own connection, or in a field of the proxy that ended it. */
export type ClientCertificateForm = 'tls' | 'rfc9440' | 'nginx' | 'envoy' | 'aws-alb' | 'traefik';

export const clientCertificateForms: readonly ClientCertificateForm[] = [
  'tls', 'rfc9440', 'nginx', 'envoy', 'aws-alb', 'traefik',
]; // prettier-ignore

/** What a field says: a chain, leaf first; empty where there is none; undefined where it cannot be read. */
type Chain = readonly Uint8Array[] | undefined;
const none: readonly Uint8Array[] = Object.freeze([]);

/** Each form reads its own fields, and no other. */
const readers: Readonly<Record<Exclude<ClientCertificateForm, 'tls'>, (headers: RequestHeaders) => Chain>> = {
  rfc9440: readStandard,
  // $ssl_client_escaped_cert; older servers put $ssl_client_cert there, PEM whose lines are folded.
  nginx: (headers) => onlyOne(headers, 'x-ssl-client-cert', readEscapedPem),
  envoy: (headers) => onlyOne(headers, 'x-forwarded-client-cert', readEnvoy),
  'aws-alb': readLoadBalancer,
  traefik: (headers) =>
    onlyOne(headers, 'x-forwarded-tls-client-cert', (text) => whole(unescape(text)?.split(',').map((item) => decodeBase64(item.trim())))), // prettier-ignore
};

/** Fields that only a proxy may send; whoever else does tries to be somebody. */
const proxyFields: readonly string[] = [
  'client-cert', 'client-cert-chain', 'x-client-cert', 'x-ssl-client-cert', 'x-ssl-cert', 'ssl-client-cert', 'x-ssl-client-verify',
  'x-forwarded-client-cert', 'x-forwarded-tls-client-cert', 'x-amzn-mtls-clientcert', 'x-amzn-mtls-clientcert-leaf',
]; // prettier-ignore

/**
 * Finds the certificates of the caller. From a trusted proxy, where a form other than `tls` is configured, they stand in the fields of
 * this form and nowhere else: the certificate of the proxy's own connection is never the caller's. From any other peer they are those of
 * its connection, and fields are as if absent.
 * Checks: one value in one place, well formed (RFC 9440 §2.2; of Envoy one element, with `Cert`).
 * Does not check: whether the certificates are any good.
 */
export function findClientCertificates(
  { headers, connection }: AuthRequest,
  proxies: { readonly addresses: AddressSet } | undefined,
  form: ClientCertificateForm,
): ClientCertificates | Failure {
  const trusted = proxies?.addresses.has(connection.remoteAddress) === true;
  if (!trusted || form === 'tls') {
    const spoofed = !trusted && proxyFields.some((name) => headers.getAll(name).length > 0);
    return { kind: 'certificates', from: 'connection', chain: connection.peerCertificates ?? none, spoofed };
  }
  const chain = readers[form](headers);
  if (chain === undefined) return failure('certificate-header-malformed');
  return { kind: 'certificates', from: 'proxy', chain, spoofed: false };
}

function onlyOne(headers: RequestHeaders, name: string, read: (text: string) => Chain): Chain {
  const [text, another] = headers.getAll(name);
  if (another !== undefined) return undefined;
  return text === undefined || text === '' ? none : read(text);
}

/** A chain of which every certificate could be read. */
function whole(items: readonly (Uint8Array | undefined)[] | undefined): Chain {
  if (items === undefined || items.length === 0) return undefined;
  return items.every((item): item is Uint8Array => item !== undefined && item.length > 0) ? items : undefined;
}

// RFC 9651 §3.3.5, and parameters, which say nothing (RFC 9440 §2.2).
const byteSequence = /^:([A-Za-z0-9+/]*={0,2}):(?:;[ ]*[a-z*][a-z0-9_.*-]*(?:=[A-Za-z0-9+/=:._~*-]+)?)*$/;

function readByteSequence(text: string): Uint8Array | undefined {
  const match = byteSequence.exec(text.trim());
  return match === null ? undefined : decodeBase64(match[1]!);
}

function readStandard(headers: RequestHeaders): Chain {
  const leaf = onlyOne(headers, 'client-cert', (text) => whole([readByteSequence(text)]));
  const lines = headers.getAll('client-cert-chain').filter((line) => line.trim() !== '');
  const others = lines.length === 0 ? none : whole(lines.join(',').split(',').map(readByteSequence));
  if (leaf === undefined || others === undefined) return undefined;
  // RFC 9440 §2.3: a chain without a leaf is nobody's.
  if (leaf.length === 0) return others.length === 0 ? none : undefined;
  return [...leaf, ...others];
}

/** The application load balancer: the whole chain, or, where it verifies itself, the leaf. */
function readLoadBalancer(headers: RequestHeaders): Chain {
  const [chain, leaf] = ['x-amzn-mtls-clientcert', 'x-amzn-mtls-clientcert-leaf'].map((name) =>
    onlyOne(headers, name, readEscapedPem),
  );
  if (chain === undefined || leaf === undefined) return undefined;
  return chain.length > 0 && leaf.length > 0 ? undefined : [...chain, ...leaf];
}

// Where a value is quoted, `\"` stands for a quote; a comma or a semicolon within quotes divides nothing.
const envoyPair = /([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^",;]*)(;|,|$)/y;

/** Several elements are several hops: which of them is the caller, nobody can tell. */
function readEnvoy(text: string): Chain {
  const found = new Map<string, string>();
  envoyPair.lastIndex = 0;
  while (envoyPair.lastIndex < text.length) {
    const match = envoyPair.exec(text);
    if (match === null || match[3] === ',') return undefined;
    const name = match[1]!.toLowerCase();
    // `URI` and `DNS` come once for each name.
    if (found.has(name) && (name === 'cert' || name === 'chain')) return undefined;
    found.set(name, match[2]!.replace(/^"|"$/g, ''));
  }
  const [cert, chain] = [found.get('cert'), found.get('chain')];
  if (cert === undefined) return undefined;
  const leaf = readEscapedPem(cert);
  // `Chain` begins with the leaf.
  const all = chain === undefined || chain === '' ? leaf : readEscapedPem(chain);
  return leaf?.length === 1 && all !== undefined && isSame(leaf[0]!, all[0]!) ? all : undefined;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** One or more certificates in PEM, escaped as in URLs or not; line ends may have become spaces. A plus sign is a plus sign. */
function readEscapedPem(text: string): Chain {
  const plain = unescape(text);
  if (plain === undefined) return undefined;
  const blocks = plain.trim().split(/-----END CERTIFICATE-----/);
  if (blocks.pop()?.trim() !== '') return undefined;
  return whole(
    blocks.map((block) => {
      const [before, body, ...more] = block.split('-----BEGIN CERTIFICATE-----');
      if (before?.trim() !== '' || body === undefined || more.length > 0) return undefined;
      return decodeBase64(body.replace(/\s/g, ''));
    }),
  );
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
