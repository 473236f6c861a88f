import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createAuth, isConfigurationError, type ClientCertificateForm } from '../../src/index.js';
import { createAddressSet } from '../../src/http/addresses.js';
import { findClientCertificates } from '../../src/http/client-certificate.js';
import { mtls } from '../../src/mtls.js';
import { readPem } from '../../src/schemes/mtls/pem.js';
import { parseCertificate } from '../../src/schemes/mtls/certificate.js';
import { pemFile } from '../fixtures/certificates.js';
import { requestOf } from '../fixtures/request.js';
import { checkMembers, count, printCounts, readVectors } from '../vectors/vector-file.js';

interface Vectors {
  readonly certificates: readonly { readonly role: string; readonly pem: string; readonly 'x5t#S256': string }[];
  readonly clientCert: string;
  readonly clientCertChain: string;
  readonly parse: readonly { readonly id: string; readonly field: readonly string[]; readonly expected: string }[];
  readonly otherProxyForms: Readonly<Record<'nginxEscapedCert' | 'awsAlb' | 'envoyXfcc', { readonly value: string }>>;
}

const vectors = readVectors('oauth/rfc9440-client-cert.json') as Vectors;
checkMembers('rfc9440 parse', vectors.parse, ['id', 'field', 'expected', 'why']);
const [leaf, intermediate, root] = vectors.certificates.map(({ pem }) => readPem(pem, 'CERTIFICATE')![0]!);
const proxies = { addresses: createAddressSet(['10.0.0.1']) };

type Headers = Readonly<Record<string, string | readonly string[]>>;

function find(form: ClientCertificateForm, headers: Headers, remoteAddress = '10.0.0.1') {
  const request = requestOf({ headers, connection: { remoteAddress, peerCertificates: [root!] } });
  return findClientCertificates(request, proxies, form);
}
const chainIn = (form: ClientCertificateForm, headers: Headers) => {
  const found = find(form, headers);
  return found.kind === 'certificates' ? found.chain.map((der) => Buffer.from(der).toString('base64')) : found.reason;
};
const base64 = (...ders: readonly (Uint8Array | undefined)[]) =>
  ders.map((der) => Buffer.from(der!).toString('base64'));

describe('Client-Cert (RFC 9440)', () => {
  it('is read with its chain, as in appendix A', () => {
    const headers = { 'client-cert': vectors.clientCert, 'client-cert-chain': vectors.clientCertChain };
    expect(chainIn('rfc9440', headers)).toEqual(base64(leaf, intermediate, root));
  });

  it.each(vectors.parse)('$id', ({ field, expected }) => {
    const found = find('rfc9440', { 'client-cert': field });
    const outcome = ((): string => {
      if (found.kind === 'failure') return found.reason;
      try {
        const { thumbprint } = parseCertificate(found.chain[0]!);
        return thumbprint === vectors.certificates[0]!['x5t#S256'] ? 'leaf' : 'another';
      } catch {
        return 'certificate-header-malformed';
      }
    })();
    expect(outcome).toBe(expected === 'leaf' ? 'leaf' : 'certificate-header-malformed');
  });

  it('counts', () => {
    count('oauth/rfc9440-client-cert.json', vectors.parse.length + 4, 'fields');
    printCounts();
    expect(vectors.parse.length).toBe(9);
  });
});

describe('the forms of proxies', () => {
  const { nginxEscapedCert, awsAlb, envoyXfcc } = vectors.otherProxyForms;
  it.each([
    ['nginx', 'x-ssl-client-cert', nginxEscapedCert.value],
    ['aws-alb', 'x-amzn-mtls-clientcert', awsAlb.value],
    ['envoy', 'x-forwarded-client-cert', envoyXfcc.value],
    ['traefik', 'x-forwarded-tls-client-cert', encodeURIComponent(base64(leaf)[0]!)],
  ] as const)('%s is read', (form, field, value) => {
    expect(chainIn(form, { [field]: value })).toEqual(base64(leaf));
  });

  it('a chain of Traefik is read', () => {
    expect(chainIn('traefik', { 'x-forwarded-tls-client-cert': base64(leaf, intermediate).join(',') })).toEqual(
      base64(leaf, intermediate),
    );
  });

  const cert = `Cert="${nginxEscapedCert.value}"`;
  it.each([
    ['two elements: two hops', `${cert},${cert}`],
    ['an element without Cert', 'Hash=00;Subject="CN=a"'],
    ['Cert twice', `${cert};${cert}`],
    ['a quote that does not end', cert.slice(0, -1)],
    ['a chain that begins with another', `${cert};Chain="${encodeURIComponent(vectors.certificates[1]!.pem)}"`],
    ['a comma at the end', `${cert},`],
    ['what is no pair', 'Cert'],
  ])('of Envoy %s is refused', (_, value) => {
    expect(chainIn('envoy', { 'x-forwarded-client-cert': value })).toBe('certificate-header-malformed');
  });

  it.each([
    '%',
    'x',
    '-----BEGIN CERTIFICATE-----',
    `${nginxEscapedCert.value}x`,
    '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----',
  ])('of nginx %j is refused', (value) => {
    expect(chainIn('nginx', { 'x-ssl-client-cert': value })).toBe('certificate-header-malformed');
  });

  it('answers any text with a chain or a failure', () => {
    const forms = ['rfc9440', 'nginx', 'envoy', 'aws-alb', 'traefik'] as const;
    const fields = [
      'client-cert',
      'client-cert-chain',
      'x-ssl-client-cert',
      'x-forwarded-client-cert',
      'x-amzn-mtls-clientcert',
      'x-forwarded-tls-client-cert',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...forms), fc.string({ maxLength: 200 }), (form, text) => {
        const found = find(form, Object.fromEntries(fields.map((name) => [name, text])));
        expect(['certificates', 'failure']).toContain(found.kind);
      }),
    );
  });

  it('are read in time that grows with their length alone', () => {
    for (const text of [
      'Cert="'.repeat(20_000),
      'a='.repeat(50_000),
      ':a;'.repeat(30_000),
      `:;${' a'.repeat(50_000)}`,
    ]) {
      // A quadratic reading would take minutes.
      for (const form of ['rfc9440', 'nginx', 'envoy'] as const)
        expect(chainIn(form, { 'client-cert': text, 'x-ssl-client-cert': text, 'x-forwarded-client-cert': text })).toBe(
          'certificate-header-malformed',
        );
    }
  });

  it('are as if absent from a peer that is not trusted, which is told (RFC 9440 §4)', () => {
    const found = find('rfc9440', { 'client-cert': vectors.clientCert }, '10.0.0.2');
    expect(found).toEqual({ kind: 'certificates', from: 'connection', chain: [root], spoofed: true });
  });

  it('of a trusted proxy are all that counts: its own certificate is never the caller', () => {
    expect(find('rfc9440', {})).toEqual({ kind: 'certificates', from: 'proxy', chain: [], spoofed: false });
  });
});

describe('clientCertificateFrom', () => {
  const faultsOf = (options: object): unknown => {
    const scheme = mtls({ ca: pemFile('clients-ca.pem'), subjects: [{ sanUri: 'a:b', subject: 'a' }] });
    try {
      createAuth({ schemes: { scheme }, ...options });
      return undefined;
    } catch (error) {
      return isConfigurationError(error) ? error.faults.map(({ path, reason }) => `${path} ${reason}`) : error;
    }
  };

  it('asks for the addresses of proxies', () => {
    expect(faultsOf({ clientCertificateFrom: 'nginx' })).toEqual(['clientCertificateFrom trust-proxy-required']);
    expect(faultsOf({ clientCertificateFrom: 'nginx', trustProxy: ['10.0.0.1'] })).toBeUndefined();
    expect(faultsOf({ clientCertificateFrom: 'tls' })).toBeUndefined();
  });

  it('is one of the forms', () => {
    expect(faultsOf({ clientCertificateFrom: 'any', trustProxy: ['10.0.0.1'] })).toEqual([
      'clientCertificateFrom invalid-option',
    ]);
  });
});
