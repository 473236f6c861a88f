import { fromUtf8, toHex } from '../../base/bytes.js';
import { DerReader, explicit, implicit, MalformedDer, readAll, readDer, readOid, tags, type DerValue } from './der.js';

/** One attribute of a distinguished name. */
export interface Attribute {
  /** Of its type, dotted. */
  readonly oid: string;
  /** Undefined where the value is no text. */
  readonly text: string | undefined;
  /** Text folded as names are compared (RFC 5280 §7.1), or the bytes. */
  readonly key: string;
}

/** A distinguished name, parsed: a list of RDNs, of one attribute each as a rule. */
export interface Name {
  readonly rdns: readonly (readonly Attribute[])[];
  /** Equal for names that are the same name (RFC 5280 §7.1), of which chains are made. */
  readonly key: string;
}

/** A name of a subject, as far as it is compared; others are told by their tag alone. */
export type GeneralName =
  | { readonly kind: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly kind: 'directory'; readonly value: Name }
  | { readonly kind: 'address'; readonly value: Uint8Array }
  | { readonly kind: 'other'; readonly tag: number };

export function readName(value: DerValue): Name {
  if (value.tag !== tags.sequence) throw new MalformedDer('a name');
  const rdns = readAll(value.content).map((rdn) => {
    if (rdn.tag !== tags.set || rdn.content.length === 0) throw new MalformedDer('a name');
    return readAll(rdn.content).map(readAttribute);
  });
  return { rdns, key: rdns.map(keyOfRdn).join('/') };
}

/** Attributes of one RDN are a set: in whatever order they stand. */
export function keyOfRdn(rdn: readonly Attribute[]): string {
  return rdn.map(({ oid, key }) => `${oid}=${key}`).sort().join('+'); // prettier-ignore
}

function readAttribute(value: DerValue): Attribute {
  if (value.tag !== tags.sequence) throw new MalformedDer('a name');
  const reader = new DerReader(value.content);
  const oid = readOid(reader.next(tags.oid));
  const held = reader.next();
  reader.end();
  const text = textOf(held);
  return { oid, text, key: text === undefined ? `#${toHex(held.bytes)}` : fold(text) };
}

/** Slashes and plus signs are written so that they divide nothing. */
const fold = (text: string): string =>
  encodeURIComponent(text.normalize('NFC').toLowerCase().trim().replace(/\s+/g, ' ').toWellFormed());

const bmpString = 0x1e;

function textOf({ tag, content }: DerValue): string | undefined {
  if (tag === tags.utf8String) return fromUtf8(content) ?? malformed();
  if (tag === tags.printableString || tag === tags.ia5String) return readAscii(content);
  if (tag !== bmpString) return undefined;
  if (content.length % 2 !== 0) return malformed();
  let text = '';
  for (let i = 0; i < content.length; i += 2) text += String.fromCharCode(content[i]! * 256 + content[i + 1]!);
  return text;
}

function malformed(): never {
  throw new MalformedDer('a text');
}

function readAscii(content: Uint8Array): string {
  let text = '';
  for (const byte of content) text += byte < 0x80 ? String.fromCharCode(byte) : malformed();
  return text;
}

/** GeneralNames (RFC 5280 §4.2.1.6); at least one. */
export function readGeneralNames(bytes: Uint8Array): readonly GeneralName[] {
  const values = readAll(readDer(bytes, tags.sequence).content);
  if (values.length === 0) throw new MalformedDer('no names');
  return values.map(readGeneralName);
}

export function readGeneralName(value: DerValue): GeneralName {
  switch (value.tag) {
    case implicit(1):
      return { kind: 'email', value: readAscii(value.content) };
    case implicit(2):
      return { kind: 'dns', value: readAscii(value.content) };
    case implicit(6):
      return { kind: 'uri', value: readAscii(value.content) };
    case implicit(7):
      return { kind: 'address', value: value.content };
    case explicit(4):
      return { kind: 'directory', value: readName(readDer(value.content)) };
    default:
      return { kind: 'other', tag: value.tag & 0x1f };
  }
}
