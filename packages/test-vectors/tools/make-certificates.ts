// Makes vectors/keys/certificates.json: authorities, certificates, keys and revocation lists of the cases about TLS, and the forms in which proxies
// hand certificates on. Keys and signatures are random, so a run changes everything, and tokens that are bound to a certificate with it:
//
//   node packages/test-vectors/tools/make-certificates.ts && node packages/test-vectors/tools/make.ts

import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa1024 = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 1024,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};
const longAgo = new Date('2020-01-01T00:00:00Z');
const farOff = new Date('2049-12-31T00:00:00Z');
const { KeyUsageFlags } = x509;
const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
const spiffe = 'spiffe://example/payments';

interface Party {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Recipe {
  readonly issuer?: Party;
  readonly subject?: string;
  readonly names?: x509.JsonGeneralNames;
  readonly usage?: number;
  /** Extended key usages; null for none. */
  readonly extended?: readonly string[] | null;
  readonly authority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: string;
  readonly algorithm?: object;
  /** In the place of a new one. */
  readonly keys?: webcrypto.CryptoKeyPair;
  readonly extensions?: readonly x509.Extension[];
}

let serial = 0x1000;
const makeKeys = (algorithm: object): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm as webcrypto.EcKeyGenParams, true, ['sign', 'verify']);

async function make(recipe: Recipe): Promise<Party> {
  const {
    issuer,
    names = [{ type: 'url', value: spiffe }],
    authority = false,
    extended = [clientAuth],
    algorithm = ecdsa,
  } = recipe;
  const keys = recipe.keys ?? (await makeKeys(algorithm));
  const subject = recipe.subject ?? 'CN=payments,O=Example';
  const usage =
    recipe.usage ?? (authority ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16),
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    notBefore: recipe.notBefore ?? longAgo,
    notAfter: recipe.notAfter ?? farOff,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: {
      ...((issuer?.keys ?? keys).privateKey.algorithm as webcrypto.EcdsaParams),
      hash: recipe.hash ?? 'SHA-256',
    },
    extensions: [
      new x509.BasicConstraintsExtension(authority, undefined, true),
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags, added up
      new x509.KeyUsagesExtension(usage, true),
      ...(extended === null || authority ? [] : [new x509.ExtendedKeyUsageExtension([...extended])]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ...(recipe.extensions ?? []),
    ],
  });
  return { certificate, keys };
}

const authority = (subject: string, recipe: Recipe = {}): Promise<Party> =>
  make({ subject, authority: true, names: [], ...recipe });

async function makeList(issuer: Party, revoked: readonly Party[], due = farOff, signer = issuer): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: longAgo,
    nextUpdate: due,
    entries: revoked.map(({ certificate: { serialNumber } }) => ({ serialNumber, revocationDate: longAgo })),
    signingKey: signer.keys.privateKey,
    signingAlgorithm: ecdsa,
  });
  return `${x509.PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}

const serverCa = await authority('CN=Server CA,O=Example');
const clientsCa = await authority('CN=Clients CA,O=Example');
const nextCa = await authority('CN=Clients CA 2,O=Example');
const rogueCa = await authority('CN=Clients CA,O=Example');
const publicCa = await authority('CN=Public Web CA,O=Elsewhere');
const intermediate = await authority('CN=Clients Intermediate CA,O=Example', { issuer: clientsCa });
const constrained = await authority('CN=Constrained CA,O=Example', {
  issuer: clientsCa,
  // permittedSubtrees: the URI host `elsewhere.example`
  extensions: [
    new x509.Extension(
      '2.5.29.30',
      true,
      Buffer.from('3017a01530138611' + Buffer.from('elsewhere.example').toString('hex'), 'hex'),
    ),
  ],
});
const serverNames: x509.JsonGeneralNames = [
  { type: 'dns', value: 'localhost' },
  { type: 'dns', value: 'api.example' },
  { type: 'dns', value: 'other.example' },
  { type: 'ip', value: '127.0.0.1' },
];
const server: Recipe = { issuer: serverCa, subject: 'CN=api.example', names: serverNames, extended: [serverAuth] };
const from = (recipe: Recipe = {}): Promise<Party> => make({ issuer: clientsCa, ...recipe });
const named = (subject: string): Promise<Party> => from({ subject, names: [] });

const payments = await from();
const registered = await make({});
const parties: Readonly<Record<string, Party>> = {
  'server-ca': serverCa,
  'clients-ca': clientsCa,
  'clients-ca-2': nextCa,
  'rogue-ca': rogueCa,
  server: await make(server),
  'server-2': await make(server),
  payments,
  'payments-renewed': await from(),
  'by-next': await from({ issuer: nextCa }),
  chained: await from({ issuer: intermediate }),
  constrained: await from({ issuer: constrained }),
  expired: await from({ notAfter: new Date('2025-12-31T23:00:00Z') }),
  early: await from({ notBefore: new Date('2045-01-01T00:00:00Z') }),
  short: await from({ notAfter: new Date('2026-01-01T00:01:00Z') }),
  rogue: await from({ issuer: rogueCa }),
  'public-web': await from({ issuer: publicCa, extended: [serverAuth, clientAuth] }),
  'self-signed': await make({}),
  registered,
  // The name of the registered one, another key.
  'registered-copy': await make({}),
  'eku-server': await from({ extended: [serverAuth] }),
  'eku-absent': await from({ extended: null }),
  'ca-as-client': await from({ authority: true }),
  'no-signature': await from({ usage: KeyUsageFlags.keyAgreement }),
  'leaf-signed': await from({ issuer: payments }),
  'weak-hash': await from({ hash: 'SHA-1' }),
  'weak-key': await from({ algorithm: rsa1024 }),
  'cn-only': await from({ subject: `CN=${spiffe}`, names: [{ type: 'url', value: 'spiffe://example/stranger' }] }),
  'san-comma': await from({ names: [{ type: 'dns', value: `evil.example, URI:${spiffe}` }] }),
  'san-quote': await from({ names: [{ type: 'url', value: `spiffe://example/stranger", URI:"${spiffe}` }] }),
  'san-nul': await from({ names: [{ type: 'url', value: `${spiffe}\0.evil.example` }] }),
  'san-two': await from({
    names: [
      { type: 'url', value: spiffe },
      { type: 'url', value: 'spiffe://example/stranger' },
    ],
  }),
  stranger: await from({ names: [{ type: 'url', value: 'spiffe://example/stranger' }] }),
  revoked: await from(),
  // In the certificate: O, OU, CN.
  'dn-good': await named('O=Example, OU=Ops, CN=billing'),
  'dn-space': await named('O=Example, OU=Ops, CN=bill  ing'),
  'dn-case': await named('O=Example, OU=Ops, CN=Billing'),
  'dn-order': await named('CN=billing, OU=Ops, O=Example'),
  'dn-multi': await named('O=Example, OU=Ops+CN=billing'),
};
const chains: Readonly<Record<string, readonly Party[]>> = {
  chained: [intermediate],
  constrained: [constrained],
  'leaf-signed': [payments],
};

const pem = ({ certificate }: Party): string => `${certificate.toString('pem')}\n`;
const files: Record<string, string> = {};
const texts: Record<string, string> = {};
for (const [name, party] of Object.entries(parties)) {
  const chain = chains[name] ?? [];
  files[`${name}.pem`] = [party, ...chain].map(pem).join('');
  if (!name.endsWith('-ca') && !name.endsWith('-ca-2'))
    files[`${name}.key`] =
      `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', party.keys.privateKey), 'PRIVATE KEY')}\n`;
  const [leaf, ...others] = [party, ...chain].map(({ certificate }) => Buffer.from(certificate.rawData));
  texts[`${name}-thumbprint`] = createHash('sha256').update(leaf!).digest('base64url');
  texts[`${name}-base64`] = leaf!.toString('base64');
  texts[`${name}-chain`] = others.map((der) => `:${der.toString('base64')}:`).join(', ');
  texts[`${name}-escaped`] = encodeURIComponent(pem(party));
  texts[`${name}-folded`] = pem(party).trim().replaceAll('\n', ' ');
  texts[`${name}-escaped-chain`] = encodeURIComponent(files[`${name}.pem`]!);
}
files['intermediates.pem'] = pem(intermediate) + pem(constrained);
files['clients-ca-both.pem'] = pem(clientsCa) + pem(nextCa);
files['clients.crl'] = await makeList(clientsCa, [parties['revoked']!]);
files['clients-all.crl'] = await makeList(clientsCa, [parties['revoked']!, payments]);
files['clients-stale.crl'] = await makeList(clientsCa, [], new Date('2025-12-31T00:00:00Z'));
files['clients-rogue.crl'] = await makeList(clientsCa, [], farOff, rogueCa);

writeFileSync(
  new URL('../vectors/keys/certificates.json', import.meta.url),
  `${JSON.stringify({ files, texts }, null, 2)}\n`,
);
process.stdout.write(`${Object.keys(files).length} files\n`);
