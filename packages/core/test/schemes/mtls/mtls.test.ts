import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createAuth, isConfigurationError, type AttemptEvent, type Fault } from '../../../src/index.js';
import { mtls, type MtlsOptions } from '../../../src/mtls.js';
import { createTestClock } from '../../../src/testing.js';
import { readPublicKey } from '../../../src/schemes/mtls/algorithms.js';
import { parseCertificate } from '../../../src/schemes/mtls/certificate.js';
import { findChain } from '../../../src/schemes/mtls/chain.js';
import { readDer } from '../../../src/schemes/mtls/der.js';
import { parseDistinguishedName } from '../../../src/schemes/mtls/distinguished-name.js';
import { chainOf, now, pemFile } from '../../fixtures/certificates.js';
import { requestOf } from '../../fixtures/request.js';

const subjects = [{ sanUri: 'spiffe://example/payments', subject: 'payments' }];
const ca = pemFile('clients-ca.pem');

function benchOf(options: Partial<MtlsOptions> = {}, at = now) {
  const events: AttemptEvent[] = [];
  const errors: unknown[] = [];
  const clock = createTestClock(at);
  const auth = createAuth({
    schemes: { cert: mtls({ ca, subjects, ...options }) },
    clock,
    audit: (event) => void (event.kind === 'attempt' && events.push(event)),
    onError: (error) => void errors.push(error),
  });
  const reasonOf = async (peerCertificates: readonly Uint8Array[], serverName?: string): Promise<string> => {
    const connection = { peerCertificates, ...(serverName !== undefined && { serverName }) };
    await auth.check(requestOf({ connection }), { scheme: 'cert' });
    return events.at(-1)!.reason;
  };
  return { clock, errors, reasonOf };
}

function faultsOf(options: unknown): readonly Fault[] {
  try {
    mtls(options as MtlsOptions);
    return [];
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return error.faults;
  }
}

describe('mtls()', () => {
  it.each([
    ['no authority', { subjects }, 'ca', 'ca-required'],
    [
      'a list without an authority',
      { subjects: [{ thumbprint: 'A'.repeat(43), subject: 'a' }], crl: 'x' },
      'crl',
      'ca-required',
    ],
    ['an authority that is no PEM', { ca: 'clients-ca.pem', subjects }, 'ca', 'ca-unreadable'],
    ['an authority that is a number', { ca: 1, subjects }, 'ca', 'invalid-option'],
    ['an authority with a private key', { ca: ca + pemFile('payments.key'), subjects }, 'ca', 'ca-unreadable'],
    ['an authority that is cut off', { ca: ca.slice(0, -40), subjects }, 'ca', 'ca-unreadable'],
    ['intermediates that are none', { ca, subjects, intermediates: 'none' }, 'intermediates', 'ca-unreadable'],
    ['a list that is a certificate', { ca, crl: ca, subjects }, 'crl', 'crl-unavailable'],
    ['no subjects', { ca }, 'subjects', 'subjects-required'],
    ['a subject without a name', { ca, subjects: [{ subject: 'a' }] }, 'subjects[0].sanUri', 'name-required'],
    [
      'a subject of two names',
      { ca, subjects: [{ sanUri: 'a:b', sanDns: 'a', subject: 'a' }] },
      'subjects[0].sanDns',
      'name-required',
    ],
    ['a wildcard', { ca, subjects: [{ sanDns: '*.example', subject: 'a' }] }, 'subjects[0].sanDns', 'invalid-option'],
    [
      'a name with spaces after commas',
      { ca, subjects: [{ subjectDn: 'CN=a, O=b', subject: 'a' }] },
      'subjects[0].subjectDn',
      'invalid-option',
    ],
    [
      'a thumbprint in hex',
      { ca, subjects: [{ thumbprint: 'ab'.repeat(32), subject: 'a' }] },
      'subjects[0].thumbprint',
      'invalid-option',
    ],
    [
      'two subjects of one name',
      { ca, subjects: [...subjects, ...subjects] },
      'subjects[1].sanUri',
      'duplicate-subject',
    ],
    ['a chain of one', { ca, subjects, maxChainLength: 1 }, 'maxChainLength', 'invalid-option'],
    ['an option that is none', { ca, subjects, ocsp: true }, 'ocsp', 'unknown-option'],
  ])('refuses %s', (_, options, path, reason) => {
    expect(faultsOf(options)).toContainEqual(expect.objectContaining({ path, reason }));
  });

  it('takes a name of the handshake that is the host of the request, in any case, and no other (RFC 9110 §15.5.20)', async () => {
    const { reasonOf } = benchOf();
    expect(await reasonOf(chainOf('payments'), 'API.example')).toBe('ok');
    expect(await reasonOf(chainOf('payments'), 'other.example')).toBe('sni-mismatch');
  });

  it('refuses more certificates, and longer ones, than anybody needs', async () => {
    const { reasonOf } = benchOf();
    const [leaf] = chainOf('payments');
    expect(await reasonOf([leaf!, ...Array.from({ length: 10 }, () => leaf!)])).toBe('credential-too-large');
    expect(await reasonOf([new Uint8Array(16_385)])).toBe('credential-too-large');
  });

  it('refuses what is no certificate', async () => {
    expect(await benchOf().reasonOf([Uint8Array.of(1, 2, 3)])).toBe('certificate-untrusted');
  });

  it('asks for the dates of a known chain at each request', async () => {
    const { reasonOf, clock } = benchOf();
    expect(await reasonOf(chainOf('short'))).toBe('ok');
    clock.advance(60);
    expect(await reasonOf(chainOf('short'))).toBe('ok');
    clock.advance(1);
    expect(await reasonOf(chainOf('short'))).toBe('certificate-expired');
  });

  it('finds an intermediate that came once, where a session is resumed without it', async () => {
    const { reasonOf } = benchOf();
    const [leaf] = chainOf('chained');
    expect(await reasonOf([leaf!])).toBe('certificate-untrusted');
    expect(await reasonOf(chainOf('chained'))).toBe('ok');
    expect(await reasonOf([leaf!])).toBe('ok');
  });

  it('trusts configured intermediates no more than those that are sent', async () => {
    const intermediates = pemFile('intermediates.pem');
    expect(await benchOf({ intermediates }).reasonOf(chainOf('chained').slice(0, 1))).toBe('ok');
    expect(await benchOf({ intermediates, ca: pemFile('clients-ca-2.pem') }).reasonOf(chainOf('chained'))).toBe(
      'certificate-untrusted',
    );
  });

  it('keeps the authorities where their text cannot be read any more, and tells once', async () => {
    let text = ca;
    const { reasonOf, errors } = benchOf({ ca: { read: () => text } });
    text = 'half of a fi';
    expect(await reasonOf(chainOf('payments'))).toBe('ok');
    expect(await reasonOf(chainOf('payments'))).toBe('ok');
    expect(errors).toHaveLength(1);
    text = pemFile('clients-ca-2.pem');
    expect(await reasonOf(chainOf('payments'))).toBe('certificate-untrusted');
    expect(await reasonOf(chainOf('by-next'))).toBe('ok');
  });

  it('answers crl-unavailable where a list cannot be read any more, is too old, too new, or of another issuer', async () => {
    let text = pemFile('clients.crl');
    const { reasonOf, clock } = benchOf({ crl: { read: () => text } });
    expect(await reasonOf(chainOf('payments'))).toBe('ok');
    expect(await reasonOf(chainOf('revoked'))).toBe('certificate-revoked');
    text = 'half of a fi';
    expect(await reasonOf(chainOf('payments'))).toBe('crl-unavailable');
    text = pemFile('clients-rogue.crl');
    expect(await reasonOf(chainOf('payments'))).toBe('crl-unavailable');
    text = pemFile('clients-stale.crl');
    expect(await reasonOf(chainOf('payments'))).toBe('crl-unavailable');
    clock.advance(-86_400 * 2);
    expect(await reasonOf(chainOf('payments'))).toBe('ok');
  });

  it('needs a list of the authority of each certificate in a chain', async () => {
    expect(await benchOf({ crl: pemFile('clients.crl') }).reasonOf(chainOf('chained'))).toBe('crl-unavailable');
  });

  it('takes a registered certificate without any authority, at its time alone (RFC 8705 §2.2)', async () => {
    const thumbprint = Buffer.from(
      await crypto.subtle.digest('SHA-256', Uint8Array.from(chainOf('registered')[0]!)),
    ).toString('base64url');
    const scheme = { subjects: [{ thumbprint, subject: 'registered' }] };
    const alone = (at?: number) => {
      const { ca: _, ...options } = { ca, ...scheme };
      const events: AttemptEvent[] = [];
      const auth = createAuth({
        schemes: { cert: mtls(options) },
        clock: createTestClock(at ?? now),
        audit: (event) => void (event.kind === 'attempt' && events.push(event)),
      });
      return async (name: string) => {
        await auth.check(requestOf({ connection: { peerCertificates: chainOf(name) } }), { scheme: 'cert' });
        return events.at(-1)!.reason;
      };
    };
    expect(await alone()('registered')).toBe('ok');
    expect(await alone()('registered-copy')).toBe('certificate-untrusted');
    expect(await alone(Date.UTC(2050, 1, 1) / 1000)('registered')).toBe('certificate-expired');
  });

  it.each([
    ['eku-absent', 'ok'],
    ['eku-server', 'certificate-usage'],
    ['ca-as-client', 'certificate-usage'],
    ['no-signature', 'certificate-usage'],
    ['weak-hash', 'certificate-weak'],
    ['weak-key', 'certificate-weak'],
    ['leaf-signed', 'certificate-untrusted'],
    ['rogue', 'certificate-untrusted'],
  ])('says of a certificate %s: %s (RFC 5280 §4.2, §6.1)', async (name, reason) => {
    expect(await benchOf().reasonOf(chainOf(name))).toBe(reason);
  });

  it('tells no more of a weak certificate where its authority is not trusted', async () => {
    const { reasonOf } = benchOf({ ca: pemFile('clients-ca-2.pem') });
    expect(await reasonOf(chainOf('weak-hash'))).toBe('certificate-untrusted');
  });

  it('wants the extended key usage that it was told to, and nothing for those that have it', async () => {
    const { reasonOf } = benchOf({ requireClientAuthEku: true });
    expect(await reasonOf(chainOf('eku-absent'))).toBe('certificate-usage');
    expect(await reasonOf(chainOf('payments'))).toBe('ok');
  });

  it('takes a registered thumbprint in the place of an authority for what is self-signed alone, and strong', async () => {
    const named = (name: string) => [{ thumbprint: parseCertificate(chainOf(name)[0]!).thumbprint, subject: name }];
    expect(await benchOf({ subjects: named('registered') }).reasonOf(chainOf('registered'))).toBe('ok');
    expect(await benchOf({ subjects: named('rogue') }).reasonOf(chainOf('rogue'))).toBe('certificate-untrusted');
    const auth = (name: string) =>
      createAuth({ schemes: { cert: mtls({ subjects: named(name) }) }, clock: createTestClock(now) });
    const request = requestOf({ connection: { peerCertificates: chainOf('weak-key') } });
    expect(await auth('weak-key').check(request, { scheme: 'cert' })).toMatchObject({
      kind: 'refuse',
      code: 'invalid-certificate',
    });
  });

  it('tells nobody who brings none from nobody at all', async () => {
    expect(await benchOf().reasonOf([])).toBe('no-credentials');
  });

  it('goes by the name of an issuer, not by its key alone (RFC 5280 §6.1.3 (a)(4))', async () => {
    const [leaf, authority] = [parseCertificate(chainOf('payments')[0]!), parseCertificate(chainOf('clients-ca')[0]!)];
    const search = { intermediates: [], maxLength: 5, now, usage: '1.3.6.1.5.5.7.3.2' };
    expect(await findChain(leaf, { ...search, anchors: [authority] })).toHaveLength(2);
    const renamed = { ...authority, subject: { ...authority.subject, key: 'another' } };
    expect(await findChain(leaf, { ...search, anchors: [renamed] })).toBe('certificate-untrusted');
  });

  it('takes P-192 for a weak key, and P-256 for a good one', () => {
    const kindOf = (namedCurve: string) =>
      readPublicKey(
        readDer(generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'der', type: 'spki' })),
      ).kind;
    expect(['prime192v1', 'secp256k1', 'prime256v1', 'secp384r1', 'secp521r1'].map(kindOf)).toEqual([
      undefined,
      undefined,
      'ec',
      'ec',
      'ec',
    ]);
  });
});

describe('distinguished names in the form of RFC 4514', () => {
  it.each([
    ['CN=a', 'cn=a'],
    ['CN=a', '2.5.4.3=a'],
    ['CN=a+OU=b', 'OU=b+CN=a'],
    ['CN=a\\,b', 'CN=a\\2cb'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'CN=Lučić'],
  ])('%s is %s', (one, other) => {
    expect(parseDistinguishedName(one)).toBeDefined();
    expect(parseDistinguishedName(one)).toBe(parseDistinguishedName(other));
  });

  it.each([
    ['CN=a,O=b', 'O=b,CN=a'],
    ['CN=a,O=b', 'CN=a+O=b'],
    ['CN=a', 'CN=A'],
    ['CN=a b', 'CN=a  b'],
    ['CN=a\\,O=b', 'CN=a,O=b'],
  ])('%s is not %s', (one, other) => {
    expect(parseDistinguishedName(one)).not.toBe(parseDistinguishedName(other));
  });

  it.each([
    '',
    'CN',
    'CN=a,',
    ',CN=a',
    'XX=a',
    'CN=a, O=b',
    'CN= a',
    'CN=a ',
    'CN=#040141',
    'CN=a"b',
    'CN=\\zz',
    'CN=\\ff',
  ])('takes %j for none', (text) => {
    expect(parseDistinguishedName(text)).toBeUndefined();
  });
});
