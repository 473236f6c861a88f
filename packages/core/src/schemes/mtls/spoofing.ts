import { encodeBase64 } from '../../base/base64.js';
import type { Fetch } from '../../http/document-fetcher.js';
import type { ClientCertificateForm } from '../../http/client-certificate.js';
import { readPem } from './pem.js';

const timeoutMs = 10_000;

/** What is tried, and where. */
export interface SpoofingTest {
  /** A route of the deployment, from outside, that takes client certificates alone: it must refuse a request without one. */
  readonly url: string;
  /** A good certificate of somebody whom the route lets in, in PEM, with its chain. Certificates are public: no key is needed. */
  readonly certificate: string;
  readonly fetch?: Fetch;
  /** Default: ten seconds for each request. */
  readonly signal?: AbortSignal;
}

/** One field that was sent, and what came of it. */
export interface SpoofingAttempt {
  readonly form: Exclude<ClientCertificateForm, 'tls'>;
  readonly field: string;
  readonly status: number;
  /** The request was let in: whoever knows a certificate is whom it names. */
  readonly spoofable: boolean;
}

/**
 * Finds out whether callers of a deployment can hand in a certificate by a field, past the proxy: run it against the public address. Sends one
 * request for each form that proxies use, without any certificate of its own.
 * Checks: that no such request is let in, where one without fields is refused.
 * Does not check: what nobody outside can reach, such as the server behind the proxy.
 * @returns one attempt for each field
 * @throws Error where the route lets in a request without any certificate: then it tells nothing
 * @example const leaks = (await testSpoofing({ url: 'https://api.example/orders', certificate })).filter(({ spoofable }) => spoofable);
 */
export async function testSpoofing({
  url,
  certificate,
  fetch = globalThis.fetch,
  signal,
}: SpoofingTest): Promise<readonly SpoofingAttempt[]> {
  const chain = readPem(certificate, 'CERTIFICATE');
  if (chain === undefined) throw new TypeError('certificate: there is none in PEM');
  const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> => {
    const { status, body } = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: signal ?? AbortSignal.timeout(timeoutMs),
    });
    await body?.cancel();
    return status;
  };
  const without = await statusOf({});
  if (isLetIn(without))
    throw new Error(`${url} answers ${without} without any certificate: take a route that needs one`);
  const attempts: SpoofingAttempt[] = [];
  for (const [form, headers] of fieldsOf(certificate, chain)) {
    const status = await statusOf(headers);
    attempts.push({ form, field: Object.keys(headers)[0]!, status, spoofable: isLetIn(status) });
  }
  return attempts;
}

/** 403 too: whoever is told that they may not has been recognised. */
const isLetIn = (status: number): boolean => status < 400 || status === 403 || status === 404;

type Fields = readonly [form: SpoofingAttempt['form'], headers: Readonly<Record<string, string>>];

function fieldsOf(pem: string, chain: readonly Uint8Array[]): readonly Fields[] {
  const escaped = encodeURIComponent(pem);
  const [leaf = '', ...others] = chain.map((der) => encodeBase64(der));
  const chained = others.length === 0 ? {} : { 'client-cert-chain': others.map((item) => `:${item}:`).join(', ') };
  return [
    ['rfc9440', { 'client-cert': `:${leaf}:`, ...chained }],
    ['nginx', { 'x-ssl-client-cert': escaped, 'x-ssl-client-verify': 'SUCCESS' }],
    [
      'envoy',
      {
        'x-forwarded-client-cert': `Cert="${encodeURIComponent(pem.slice(0, pem.indexOf('-----END') + 26))}";Chain="${escaped}"`,
      },
    ],
    ['aws-alb', { 'x-amzn-mtls-clientcert': escaped }],
    ['aws-alb', { 'x-amzn-mtls-clientcert-leaf': escaped }],
    ['traefik', { 'x-forwarded-tls-client-cert': [leaf, ...others].join(',') }],
  ];
}
