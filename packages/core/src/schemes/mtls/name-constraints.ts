import { DerReader, explicit, MalformedDer, readAll, readDer, tags } from './der.js';
import { keyOfRdn, readGeneralName, type GeneralName, type Name } from './names.js';

/** Which names the certificates below an authority may bear (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[] | undefined;
  readonly excluded: readonly GeneralName[] | undefined;
}

/** Reads the extension. `minimum` is 0 and `maximum` absent, as RFC 5280 has it. */
export function readSubtrees(bytes: Uint8Array): NameConstraints {
  const reader = new DerReader(readDer(bytes, tags.sequence).content);
  const [permitted, excluded] = [reader.optional(explicit(0)), reader.optional(explicit(1))].map(
    (list) => list && readAll(list.content).map((subtree) => readBase(subtree.content)),
  );
  reader.end();
  const given = [permitted, excluded].filter((list) => list !== undefined);
  if (given.length === 0 || given.some((list) => list.length === 0)) throw new MalformedDer('no subtrees');
  return { permitted, excluded };
}

function readBase(content: Uint8Array): GeneralName {
  const reader = new DerReader(content);
  const base = readGeneralName(reader.next());
  if (!reader.done) throw new MalformedDer('a subtree with bounds');
  if (!isConstraint(base)) throw new MalformedDer('a subtree');
  return base;
}

const label = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/i;
const isHost = (text: string): boolean =>
  text.length <= 253 && text.split('.').every((part) => part.length <= 63 && label.test(part));
/** `.example.com` stands for every host below it, where its type has it. */
const isDomain = (text: string): boolean => isHost(text.startsWith('.') ? text.slice(1) : text);

function isConstraint(base: GeneralName): boolean {
  switch (base.kind) {
    case 'dns':
      return base.value === '' || isHost(base.value);
    case 'email':
      return base.value.includes('@') ? mailbox(base.value) !== undefined : base.value === '' || isDomain(base.value);
    case 'uri':
      return base.value === '' || isDomain(base.value);
    case 'address':
      return isRange(base.value);
    default:
      return true;
  }
}

/** An address and a mask of which the ones stand first. */
function isRange(bytes: Uint8Array): boolean {
  if (bytes.length !== 8 && bytes.length !== 32) return false;
  const mask = [...bytes.subarray(bytes.length / 2)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(mask);
}

/** The names of a certificate that constraints are about: its alternative names, its subject, an address of mail in that. */
export function constrainedNames(subject: Name, alternative: readonly GeneralName[] = []): readonly GeneralName[] {
  const emails = alternative.some(({ kind }) => kind === 'email')
    ? []
    : subject.rdns.flat().filter(({ oid }) => oid === '1.2.840.113549.1.9.1');
  return [
    ...alternative,
    ...(subject.rdns.length > 0 ? [{ kind: 'directory', value: subject } as const] : []),
    ...emails.map(({ text = '' }) => ({ kind: 'email', value: text }) as const),
  ];
}

/** Whether every name is within what is permitted for its type, and none within what is excluded. What cannot be compared is refused. */
export function isPermitted(
  names: readonly GeneralName[],
  { permitted = [], excluded = [] }: NameConstraints,
): boolean {
  return names.every((name) => {
    const same = (base: GeneralName): boolean =>
      base.kind === name.kind && (base.kind !== 'other' || base.tag === (name as typeof base).tag);
    const [allowed, denied] = [permitted.filter(same), excluded.filter(same)];
    if (allowed.length + denied.length === 0) return true;
    if (!isComparable(name)) return false;
    // Some name below a wildcard is excluded, where what is excluded lies below it.
    if (denied.some((base) => isWithin(name, base) || isAbove(name, base))) return false;
    return allowed.length === 0 || allowed.some((base) => isWithin(name, base));
  });
}

function isComparable(name: GeneralName): boolean {
  switch (name.kind) {
    case 'dns':
      return isHost(withoutWildcard(name.value));
    case 'email':
      return mailbox(name.value) !== undefined;
    case 'uri':
      return hostOf(name.value) !== undefined;
    case 'address':
      return name.value.length === 4 || name.value.length === 16;
    case 'directory':
      return true;
    case 'other':
      return false;
  }
}

const withoutWildcard = (name: string): string => (name.startsWith('*.') ? name.slice(2) : name);

function isWithin(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === 'address' && base.kind === 'address') return isAddressWithin(name.value, base.value);
  if (name.kind === 'directory' && base.kind === 'directory') return startsWith(name.value, base.value);
  if (name.kind === 'address' || name.kind === 'directory' || name.kind === 'other') return false;
  if (base.kind === 'other' || typeof base.value !== 'string') return false;
  const tree = base.value.toLowerCase();
  switch (name.kind) {
    case 'dns':
      return tree === '' || isBelow(name.value.toLowerCase(), tree);
    case 'uri':
      return tree === '' || isHostWithin(hostOf(name.value)!, tree);
    default: {
      const { local, host } = mailbox(name.value)!;
      const single = mailbox(base.value);
      if (single !== undefined) return single.local === local && single.host === host;
      return tree === '' || isHostWithin(host, tree);
    }
  }
}

const isBelow = (host: string, tree: string): boolean => host === tree || host.endsWith(`.${tree}`);
/** Of URIs and of mail: a host stands for itself, one with a leading period for those below it. */
const isHostWithin = (host: string, tree: string): boolean =>
  tree.startsWith('.') ? host.endsWith(tree) : host === tree;

const isAbove = (name: GeneralName, base: GeneralName): boolean =>
  name.kind === 'dns' && base.kind === 'dns' && name.value.startsWith('*.') && isBelow(base.value.toLowerCase(), name.value.slice(2).toLowerCase()); // prettier-ignore

function isAddressWithin(address: Uint8Array, range: Uint8Array): boolean {
  const half = range.length / 2;
  return (
    address.length === half && address.every((byte, i) => (byte & range[half + i]!) === (range[i]! & range[half + i]!))
  );
}

const startsWith = (name: Name, base: Name): boolean =>
  base.rdns.length <= name.rdns.length && base.rdns.every((rdn, i) => keyOfRdn(rdn) === keyOfRdn(name.rdns[i]!));

// RFC 5321 §4.1.2: quoted local parts are refused, since no constraint says how they compare.
const atom = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+$/i;

function mailbox(text: string): { readonly local: string; readonly host: string } | undefined {
  const at = text.lastIndexOf('@');
  const [local, host] = [text.slice(0, at), text.slice(at + 1).toLowerCase()];
  return at > 0 && atom.test(local) && isHost(host) ? { local, host } : undefined;
}

/** RFC 5280 §4.2.1.10: a URI without a host, or with an address, is within nothing. */
function hostOf(uri: string): string | undefined {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1]?.toLowerCase();
  return host !== undefined && isHost(host) && !/^[\d.]+$/.test(host) ? host : undefined;
}
