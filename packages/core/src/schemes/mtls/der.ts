/** Bytes that are not the one encoding of DER (X.690 §10), or not of the shape that was asked for. */
export class MalformedDer extends Error {}

/** One value: tag, length and content. */
export interface DerValue {
  readonly tag: number;
  /** All of it. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Context-specific tag, as `[0]` in ASN.1. */
export const implicit = (number: number): number => 0x80 | number;
export const explicit = (number: number): number => 0xa0 | number;

/**
 * Reads values one after another. Strict, so that bytes have one reading: lengths are definite and as short as can be (X.690 §10.1), tags
 * are one byte. Throws `MalformedDer` for all else.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** @param tag that it must have */
  next(tag?: number): DerValue {
    const start = this.#at;
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw new MalformedDer('a tag of several bytes');
    if (tag !== undefined && found !== tag) throw new MalformedDer(`tag ${found} in the place of ${tag}`);
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new MalformedDer('a value is cut off');
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag: found, bytes: this.#bytes.subarray(start, end), content };
  }

  /** The next value, where it has this tag. */
  optional(tag: number): DerValue | undefined {
    return this.#bytes[this.#at] === tag ? this.next(tag) : undefined;
  }

  /** @throws MalformedDer where anything follows. */
  end(): void {
    if (!this.done) throw new MalformedDer('bytes follow the end');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new MalformedDer('a value is cut off');
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new MalformedDer('a length that is indefinite or too long');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new MalformedDer('a length that could be shorter');
    return length;
  }
}

/** The only value of some bytes. */
export function readDer(bytes: Uint8Array, tag?: number): DerValue {
  const reader = new DerReader(bytes);
  const value = reader.next(tag);
  reader.end();
  return value;
}

/** The values in a SEQUENCE or a SET. */
export function readAll(content: Uint8Array): readonly DerValue[] {
  const reader = new DerReader(content);
  const values: DerValue[] = [];
  while (!reader.done) values.push(reader.next());
  return values;
}

/** `1.2.840.113549.1.1.11`. Arcs up to 2^28. */
export function readOid({ content }: DerValue): string {
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    // X.690 §8.19.2: no leading zeros.
    if (fresh && byte === 0x80) throw new MalformedDer('an object identifier that could be shorter');
    arc = arc * 128 + (byte & 0x7f);
    fresh = byte < 0x80;
    if (arc >= 2 ** 28 * 128) throw new MalformedDer('an object identifier is too long');
    if (!fresh) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first] = arcs;
  if (!fresh || first === undefined) throw new MalformedDer('an object identifier is cut off');
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...arcs.slice(1)].join('.');
}

/** The content of an INTEGER, in its one spelling (X.690 §8.3.2). */
export function readInteger({ content }: DerValue): Uint8Array {
  const [first, second = 0] = content;
  const padded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (first === undefined || padded) throw new MalformedDer('an integer that could be shorter');
  return content;
}

/** A small number that is not negative. */
export function readCount(value: DerValue): number {
  const bytes = readInteger(value);
  if (bytes.length > 4 || bytes[0]! >= 0x80) throw new MalformedDer('a number is out of range');
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** X.690 §11.1 */
export function readBoolean({ content }: DerValue): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new MalformedDer('a boolean');
  return content[0] === 0xff;
}

/** The bytes of a BIT STRING without unused bits. */
export function readOctets({ content }: DerValue): Uint8Array {
  if (content[0] !== 0) throw new MalformedDer('a bit string with unused bits');
  return content.subarray(1);
}

/** The bits of a named BIT STRING (X.690 §11.2.2), the first as bit 0; up to 31. */
export function readNamedBits({ content }: DerValue): number {
  const [unused = 8, ...bytes] = content;
  const last = bytes.at(-1) ?? 0;
  const trailing = bytes.length > 0 && (last & ((1 << unused) - 1)) !== 0;
  if (unused > 7 || bytes.length > 3 || (bytes.length === 0 && unused !== 0) || trailing)
    throw new MalformedDer('a bit string');
  let bits = 0;
  for (const [index, byte] of bytes.entries())
    for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) !== 0) bits |= 1 << (index * 8 + bit);
  return bits;
}

// RFC 5280 §4.1.2.5: to the second, in UTC; years up to 2049 as UTCTime, all others as GeneralizedTime.
const utcTime = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const generalizedTime = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** @returns seconds since the epoch */
export function readTime({ tag, content }: DerValue): number {
  const text = String.fromCharCode(...content.subarray(0, 16));
  const short = tag === tags.utcTime;
  if (!short && tag !== tags.generalizedTime) throw new MalformedDer('a time');
  const match = (short ? utcTime : generalizedTime).exec(text);
  if (match === null || content.length > 15) throw new MalformedDer('a time');
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const full = short ? year + (year < 50 ? 2000 : 1900) : year;
  const time = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
  // A day that no month has comes back as another.
  const written = time.toISOString().replace(/[-T:]|\.\d+Z$/g, '');
  if (!written.endsWith(match.slice(short ? 2 : 1).join(''))) throw new MalformedDer('a time');
  return time.getTime() / 1000;
}
