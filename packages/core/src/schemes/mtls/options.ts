import { Faults } from '../../errors/faults.js';
import { isQuotable } from '../../http/challenge.js';
import { parseCertificate, type Certificate } from './certificate.js';
import { isPemSource, readPem, type PemSource } from './pem.js';
import { parseRevocationList, type RevocationList } from './revocation.js';
import { readSubjects, type CertificateSubject, type SubjectTable } from './subjects.js';
import { Trust } from './trust.js';

/** Options of `mtls()`. */
export interface MtlsOptions {
  /**
   * The authorities whose certificates are taken, in PEM, or where to read them (`watchFile` of `@auth/core/node`). Never those of the
   * system. Needed but for subjects that are all known by thumbprint.
   */
  readonly ca?: PemSource;
  /**
   * Intermediates that clients do not send, or that the runtime does not show (Node 24.21 and 26.8: nodejs/node#65579), in PEM, or where to read
   * them. They are trusted no more than if the client had sent them.
   */
  readonly intermediates?: PemSource;
  /**
   * Revocation lists in PEM, or where to read them. With them every certificate of a chain needs a list of its issuer that is current and
   * signed: else the answer is 503. Without them nothing is asked about revocation; OCSP never is.
   */
  readonly crl?: PemSource;
  /** Whom certificates belong to. */
  readonly subjects: readonly CertificateSubject[];
  /** Refuses certificates that do not say that they are for clients (extended key usage clientAuth). Default false: those that say nothing pass. */
  readonly requireClientAuthEku?: boolean;
  /** Longest chain, leaf and authority with it, 2 to 10; default 5. */
  readonly maxChainLength?: number;
  /** Realm in challenges; default that of `createAuth`. */
  readonly realm?: string;
}

/** Options of `mtls()`, checked and filled in. */
export interface MtlsSettings {
  readonly trust: Trust | undefined;
  readonly subjects: SubjectTable;
  readonly requireClientAuthEku: boolean;
  readonly realm: string | undefined;
}

const known = ['ca', 'intermediates', 'crl', 'subjects', 'requireClientAuthEku', 'maxChainLength', 'realm'] as const satisfies readonly (keyof MtlsOptions)[]; // prettier-ignore

/** @throws ConfigurationError with every fault of the options. */
export function checkMtlsOptions(options: MtlsOptions): MtlsSettings {
  const faults = new Faults();
  faults.addUnknown(options, known);
  const { subjects, requireClientAuthEku = false, maxChainLength = 5, realm } = options;
  const table = readSubjects(subjects, faults);
  if (typeof requireClientAuthEku !== 'boolean')
    faults.add('requireClientAuthEku', 'invalid-option', 'must be true or false');
  if (!(Number.isInteger(maxChainLength) && maxChainLength >= 2 && maxChainLength <= 10))
    faults.add('maxChainLength', 'invalid-option', 'must be a whole number from 2 to 10');
  if (realm !== undefined && (typeof realm !== 'string' || !isQuotable(realm)))
    faults.add('realm', 'invalid-option', 'must be text of visible ASCII characters and spaces');
  const trust = readTrust(options, { maxChainLength, pinned: table.thumbprint.size, all: sizeOf(table) }, faults);
  faults.throwIfAny();
  return { trust, subjects: table, requireClientAuthEku, realm };
}

const sizeOf = (table: SubjectTable): number => Object.values(table).reduce((sum, { size }) => sum + size, 0);

function readTrust(
  { ca, intermediates, crl }: Pick<MtlsOptions, 'ca' | 'intermediates' | 'crl'>,
  { maxChainLength, pinned, all }: { readonly maxChainLength: number; readonly pinned: number; readonly all: number },
  faults: Faults,
): Trust | undefined {
  if (ca === undefined) {
    if (pinned < all || all === 0)
      faults.add('ca', 'ca-required', 'must name the authorities of your clients, in PEM: those of the system are never trusted for clients'); // prettier-ignore
    for (const [name, value] of Object.entries({ intermediates, crl }))
      if (value !== undefined) faults.add(name, 'ca-required', 'hangs on an authority: write ca as well');
    return undefined;
  }
  const unfit = Object.entries({ ca, intermediates, crl }).filter(
    ([, value]) => value !== undefined && !isPemSource(value),
  );
  for (const [name] of unfit) faults.add(name, 'invalid-option', 'must be PEM, a list of it, or a source with read()');
  if (unfit.length > 0) return undefined;
  const trust = new Trust({ ca, intermediates, crl, makeCertificates, makeLists, maxLength: maxChainLength });
  for (const name of ['anchors', 'intermediates'] as const) {
    try {
      trust[name]();
    } catch {
      faults.add(name === 'anchors' ? 'ca' : name, 'ca-unreadable', 'must hold certificates in PEM, and nothing else between BEGIN and END'); // prettier-ignore
    }
  }
  if (crl !== undefined && trust.lists() === undefined)
    faults.add('crl', 'crl-unavailable', 'must hold revocation lists in PEM ("X509 CRL")');
  return trust;
}

function makeCertificates(text: string): readonly Certificate[] {
  const blocks = readPem(text, 'CERTIFICATE');
  if (blocks === undefined) throw new Error('ca: there is no certificate in PEM, or something that is none');
  return blocks.map(parseCertificate);
}

function makeLists(text: string): readonly RevocationList[] {
  const blocks = readPem(text, 'X509 CRL');
  if (blocks === undefined) throw new Error('crl: there is no revocation list in PEM, or something that is none');
  return blocks.map(parseRevocationList);
}
