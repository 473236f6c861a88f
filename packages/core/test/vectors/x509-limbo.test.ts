import { describe, expect, test } from 'vitest';

import { decodeBase64 } from '../../src/base/base64.js';
import { parseCertificate, type Certificate } from '../../src/schemes/mtls/certificate.js';
import { findChain } from '../../src/schemes/mtls/chain.js';
import { findRevocation, parseRevocationList } from '../../src/schemes/mtls/revocation.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

interface LimboCase {
  readonly id: string;
  readonly description: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly extended_key_usage: readonly string[];
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
  readonly expected_result: 'SUCCESS' | 'FAILURE';
}

const { testcases } = readVectors('x509-limbo/limbo-subset.json') as { readonly testcases: readonly LimboCase[] };
checkMembers('x509-limbo', testcases, [
  'id', 'conflicts_with', 'features', 'importance', 'description', 'validation_kind', 'trusted_certs', 'untrusted_intermediates',
  'peer_certificate', 'peer_certificate_key', 'validation_time', 'signature_algorithms', 'key_usage', 'extended_key_usage',
  'expected_result', 'expected_peer_name', 'expected_peer_names', 'max_chain_depth', 'crls',
]); // prettier-ignore

const hint = 'key identifiers are hints for finding an issuer; chains are made of names and signatures';
/** Where we say otherwise than the file, each with the reason. */
const differences: Readonly<Record<string, string>> = {
  'rfc5280::aki::leaf-missing-aki': hint,
  'rfc5280::aki::intermediate-missing-aki': hint,
  'rfc5280::aki::cross-signed-root-missing-aki': hint,
  'rfc5280::ski::root-missing-ski': hint,
  'rfc5280::ski::intermediate-missing-ski': hint,
  'crl::crlnumber-missing':
    'a duty of who makes the list; nothing is decided by the number, and openssl leaves it out unless told',
  'rfc5280::san::noncritical-with-empty-subject':
    'a duty of who makes the certificate; alternative names are read either way',
  'rfc5280::san::underscore-dns': 'names inside a cluster have underscores; they are compared exactly',
  'rfc5280::san::ip-in-dns': 'a DNS name is compared exactly, and an address cannot be configured as one by mistake',
  'rfc5280::serial::zero': 'roots of private authorities are numbered 0; issuer and number still name one certificate',
  'rfc5280::root-non-critical-basic-constraints':
    'an anchor is trusted by configuration; what it says is held to, critical or not',
  'rfc5280::ca-as-leaf-wrong-san':
    'the name of a host is not compared; an authority as a client is refused as certificate-usage',
  'pathlen::max-chain-depth-1-self-issued': 'maxChainLength counts every certificate, those that issued themselves too',
};

const derOf = (pem: string): Uint8Array => decodeBase64(pem.replace(/-----[A-Z0-9 ]+-----|\s/g, ''))!;
const certificateOf = (pem: string): Certificate => parseCertificate(derOf(pem));
const usages: Readonly<Record<string, string>> = {
  clientAuth: '1.3.6.1.5.5.7.3.2',
  serverAuth: '1.3.6.1.5.5.7.3.1',
};

/** As the scheme judges a certificate, but for what it may be used for and whose it is. */
async function judge(one: LimboCase): Promise<string> {
  const now = Date.parse(one.validation_time ?? '2026-01-01T00:00:00Z') / 1000;
  try {
    const leaf = certificateOf(one.peer_certificate);
    const chain = await findChain(leaf, {
      anchors: one.trusted_certs.map(certificateOf),
      intermediates: one.untrusted_intermediates.map(certificateOf),
      maxLength: one.max_chain_depth === null ? 10 : one.max_chain_depth + 2,
      now,
      usage: usages[one.extended_key_usage[0] ?? 'serverAuth']!,
    });
    if (typeof chain === 'string') return chain;
    if (one.crls.length === 0) return 'good';
    const lists = one.crls.map((pem) => parseRevocationList(derOf(pem)));
    for (const [index, issuer] of chain.slice(1).entries()) {
      const found = await findRevocation(chain[index]!, issuer, lists, now);
      if (found !== 'good') return found;
    }
    return 'good';
  } catch (error) {
    return `malformed: ${(error as Error).message}`;
  }
}

describe('x509-limbo', () => {
  test.for(testcases.filter(({ id }) => !(id in differences)))('$id', async (one) => {
    const found = await judge(one);
    expect(found === 'good' ? 'SUCCESS' : 'FAILURE').toBe(one.expected_result);
  });

  test.for(Object.entries(differences))('%s differs: %s', async ([id]) => {
    const one = testcases.find((each) => each.id === id)!;
    expect((await judge(one)) === 'good').toBe(one.expected_result !== 'SUCCESS');
  });

  test('counts', () => {
    const agreed = testcases.length - Object.keys(differences).length;
    count(
      'x509-limbo/limbo-subset.json',
      testcases.length,
      `${agreed} as expected, ${Object.keys(differences).length} otherwise`,
    );
    printCounts();
    expect(testcases.length).toBeGreaterThan(agreed - 1);
  });
});
