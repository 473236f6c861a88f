import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** Paths of a certificate and its key, in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** What an authority of this run has made: one for the servers and the clients, and one that nobody trusts. */
export interface Certificates {
  /** The authority. */
  readonly ca: string;
  readonly server: CertificateFiles;
  readonly payments: CertificateFiles;
  /** Past its end. */
  readonly expired: CertificateFiles;
  /** Of a good authority, and of nobody whom the API knows. */
  readonly visitor: CertificateFiles;
  /** The name of payments, by the authority of an attacker. */
  readonly rogue: CertificateFiles;
  /** Of the certificate of payments: SHA-256 in base64url, and as a field of RFC 9440. */
  readonly paymentsThumbprint: string;
  readonly paymentsField: string;
  readonly remove: () => Promise<void>;
}

export const paymentsUri = 'spiffe://orders.example/payments';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 3600 * 1000;

interface Party {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Recipe {
  readonly name: string;
  readonly issuer?: Party;
  readonly names?: x509.JsonGeneralNames;
  readonly endsInMs?: number;
}

/** Makes authorities and certificates in a folder of their own. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'auth-demo-'));
  const [authority, attacker] = await Promise.all([make({ name: 'Demo CA' }), make({ name: 'Demo CA' })]);
  const names: x509.JsonGeneralNames = [{ type: 'url', value: paymentsUri }];
  const payments = await make({ name: 'payments', issuer: authority, names });
  const write = async (name: string, recipe: Recipe | Party): Promise<CertificateFiles> => {
    const { certificate, keys } = 'keys' in recipe ? recipe : await make(recipe);
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    await writeFile(cert, certificate.toString('pem'));
    await writeFile(key, x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), { mode: 0o600 });
    return { cert, key };
  };
  const address: x509.JsonGeneralNames = [{ type: 'ip', value: '127.0.0.1' }];
  const der = new Uint8Array(payments.certificate.rawData);
  return {
    ca: (await write('ca', authority)).cert,
    server: await write('server', { name: 'localhost', issuer: authority, names: address }),
    payments: await write('payments', payments),
    expired: await write('expired', { name: 'payments', issuer: authority, names, endsInMs: -dayMs }),
    visitor: await write('visitor', {
      name: 'visitor',
      issuer: authority,
      names: [{ type: 'url', value: 'spiffe://orders.example/visitor' }],
    }),
    rogue: await write('rogue', { name: 'payments', issuer: attacker, names }),
    paymentsThumbprint: Buffer.from(await webcrypto.subtle.digest('SHA-256', der)).toString('base64url'),
    paymentsField: `:${Buffer.from(der).toString('base64')}:`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function make({ name, issuer, names, endsInMs = dayMs }: Recipe): Promise<Party> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { KeyUsageFlags } = x509;
  const usage = issuer === undefined ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: issuer?.certificate.subject ?? `CN=${name}`,
      notBefore: new Date(Date.now() - 7 * dayMs),
      notAfter: new Date(Date.now() + endsInMs),
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(issuer === undefined, undefined, true),
        new x509.KeyUsagesExtension(usage, true),
        ...(names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}
