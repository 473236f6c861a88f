import { isThumbprint } from '../../crypto/thumbprint.js';
import { Faults } from '../../errors/faults.js';
import type { Certificate } from './certificate.js';
import { parseDistinguishedName, spellName } from './distinguished-name.js';

/** One subject, by exactly one name of its certificates. */
export interface CertificateSubject {
  /** URI among the subject alternative names: `spiffe://example/payments`. Compared exactly. */
  readonly sanUri?: string;
  /** DNS name among them. Without regard to case. */
  readonly sanDns?: string;
  /** Subject in the form of RFC 4514: `CN=payments,O=Example`. Order, case and spaces of values count. */
  readonly subjectDn?: string;
  /** SHA-256 of the certificate in base64url (`x5t#S256`, RFC 8705 §3.1): for self-signed certificates too (§2.2). */
  readonly thumbprint?: string;
  /** Who it is. */
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
}

/** A subject that was found. */
export interface Subject {
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
}

type By = 'sanUri' | 'sanDns' | 'subjectDn' | 'thumbprint';
const kinds: readonly By[] = ['sanUri', 'sanDns', 'subjectDn', 'thumbprint'];
const members = [...kinds, 'subject', 'scopes', 'roles'];

/** Subjects by kind of name and name. */
export type SubjectTable = Readonly<Record<By, ReadonlyMap<string, Subject>>>;

/** Adds every fault to `faults`. */
export function readSubjects(subjects: unknown, faults: Faults): SubjectTable {
  const table = { sanUri: new Map(), sanDns: new Map(), subjectDn: new Map(), thumbprint: new Map() } as Record<By, Map<string, Subject>>; // prettier-ignore
  if (!Array.isArray(subjects) || subjects.length === 0) {
    faults.add(
      'subjects',
      'subjects-required',
      'must be a list: [{ sanUri: "spiffe://example/payments", subject: "payments" }]',
    );
    return table;
  }
  for (const [index, entry] of (subjects as readonly CertificateSubject[]).entries())
    faults.within(`subjects[${index}]`, () => readSubject(entry, table));
  return table;
}

function readSubject(entry: CertificateSubject, table: Record<By, Map<string, Subject>>): void {
  const faults = new Faults();
  const given = typeof entry === 'object' && entry !== null ? entry : ({} as CertificateSubject);
  faults.addUnknown(given, members);
  const [by, another] = kinds.filter((kind) => given[kind] !== undefined);
  if (by === undefined || another !== undefined)
    faults.add(another ?? 'sanUri', 'name-required', `write exactly one of ${kinds.join(', ')}`);
  const name = by && nameOf(by, given[by]);
  if (by !== undefined && name === undefined) faults.add(by, 'invalid-option', forms[by]);
  if (typeof given.subject !== 'string' || given.subject === '')
    faults.add('subject', 'invalid-option', 'must be text: who it is');
  for (const list of ['scopes', 'roles'] as const)
    if (
      given[list] !== undefined &&
      !(Array.isArray(given[list]) && given[list].every((item) => typeof item === 'string'))
    )
      faults.add(list, 'invalid-option', 'must be a list of texts');
  if (by !== undefined && name !== undefined && table[by].has(name))
    faults.add(by, 'duplicate-subject', 'is the name of another subject already');
  faults.throwIfAny();
  table[by!].set(name!, {
    subject: given.subject,
    scopes: new Set(given.scopes),
    roles: new Set(given.roles),
  });
}

const forms: Readonly<Record<By, string>> = {
  sanUri: 'must be a URI: "spiffe://example/payments"',
  sanDns: 'must be a name without wildcards: "payments.example"',
  subjectDn: 'must be a name in the form of RFC 4514, without spaces after commas: "CN=payments,O=Example"',
  thumbprint: 'must be SHA-256 of the certificate, in base64url without padding: 43 characters',
};

function nameOf(by: By, name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  switch (by) {
    case 'sanUri':
      return /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(name) ? name : undefined;
    case 'sanDns':
      return /^[a-z0-9_.-]+$/i.test(name) ? name.toLowerCase() : undefined;
    case 'subjectDn':
      return parseDistinguishedName(name);
    case 'thumbprint':
      return isThumbprint(name) ? name : undefined;
  }
}

/**
 * Finds whose certificate it is. Of each kind of name that is in use a certificate must have exactly one, so that nobody is two; several
 * kinds must agree.
 */
export function findSubject(
  certificate: Certificate,
  table: SubjectTable,
): Subject | 'subject-unknown' | 'subject-ambiguous' {
  const { subject: name, thumbprint, extensions } = certificate;
  const alternative = (kind: 'uri' | 'dns'): readonly string[] =>
    (extensions.subjectNames ?? []).flatMap((each) => (each.kind === kind ? [each.value] : []));
  const names: Readonly<Record<By, readonly string[]>> = {
    sanUri: alternative('uri'),
    sanDns: alternative('dns').map((each) => each.toLowerCase()),
    subjectDn: name.rdns.length === 0 ? [] : [spellName(name)],
    thumbprint: [thumbprint],
  };
  const found: Subject[] = [];
  for (const kind of kinds) {
    const known = names[kind].flatMap((each) => table[kind].get(each) ?? []);
    if (known.length > 0 && names[kind].length > 1) return 'subject-ambiguous';
    found.push(...known);
  }
  const [first] = found;
  if (first === undefined) return 'subject-unknown';
  return found.every(({ subject }) => subject === first.subject) ? first : 'subject-ambiguous';
}
