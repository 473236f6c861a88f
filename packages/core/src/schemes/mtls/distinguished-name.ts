import { fromUtf8, toUtf8 } from '../../base/bytes.js';
import type { Name } from './names.js';

// RFC 4514 §3, and what RFC 5280 adds.
const types: Readonly<Record<string, string>> = {
  cn: '2.5.4.3',
  l: '2.5.4.7',
  st: '2.5.4.8',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  c: '2.5.4.6',
  street: '2.5.4.9',
  dc: '0.9.2342.19200300.100.1.25',
  uid: '0.9.2342.19200300.100.1.1',
  serialnumber: '2.5.4.5',
  emailaddress: '1.2.840.113549.1.9.1',
};

/** A distinguished name in one spelling: order counts, and the case and the spaces of values do (RFC 8705 §2.1.2). */
export function spellName({ rdns }: Name): string {
  return rdns
    .map((rdn) => spellRdn(rdn.map(({ oid, text, key }) => [oid, text === undefined ? key : `=${text}`])))
    .join('\n');
}

const spellRdn = (attributes: readonly (readonly [oid: string, value: string])[]): string =>
  attributes.map((attribute) => JSON.stringify(attribute)).sort().join('+'); // prettier-ignore

const pair = /([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)=((?:[^\\"+,;<>\0]|\\[ "#+,;<=>\\]|\\[0-9A-Fa-f]{2})*)([+,]|$)/y;

/**
 * Parses a name in the form of RFC 4514, `CN=payments,O=Example`, in which the last RDN stands first, to its one spelling.
 * @returns undefined for what is none; values in hex (`#04…`) are not taken
 */
export function parseDistinguishedName(text: string): string | undefined {
  const rdns: (readonly [string, string])[][] = [[]];
  pair.lastIndex = 0;
  for (let more = true; more;) {
    const match = pair.exec(text);
    if (match === null) return undefined;
    const [, type = '', written = '', end] = match;
    const oid = /^\d/.test(type) ? type : types[type.toLowerCase()];
    const value = unescape(written);
    if (oid === undefined || value === undefined) return undefined;
    rdns.at(-1)!.push([oid, `=${value}`]);
    if (end === ',') rdns.push([]);
    more = end !== '';
  }
  return rdns.toReversed().map(spellRdn).join('\n');
}

function unescape(written: string): string | undefined {
  // §2.4: a space at either end, and a hash in front, come escaped.
  if (/^[ #]/.test(written) || /(?<!\\) $/.test(written)) return undefined;
  const bytes: number[] = [];
  for (const [part] of written.matchAll(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+/gs)) {
    if (/^\\[0-9A-Fa-f]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...toUtf8(part.replace(/^\\/, '')));
  }
  return fromUtf8(Uint8Array.from(bytes));
}
