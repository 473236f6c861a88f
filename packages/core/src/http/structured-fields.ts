import {
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
  type BareItem,
  type Dictionary,
  type InnerList,
  type Item,
  type List,
  type Parameters,
} from 'structured-headers';

export { Token } from 'structured-headers';
export type { BareItem, Dictionary, InnerList, Item, List, Parameters };

/** What a structured field is as a whole (RFC 9651 §3). */
export type FieldType = 'dictionary' | 'list' | 'item';

export type FieldValue<Type extends FieldType> = { dictionary: Dictionary; list: List; item: Item }[Type];

const maxLength = 65_536;
// RFC 9651 §4.2: a field is ASCII.
const ascii = /^[\t\x20-\x7e]*$/;

/**
 * Parses a structured field (RFC 9651 §4.2), of which several lines were joined with commas.
 *
 * Checks: the grammar; no key twice, of which the standard takes the last without a word; at most 65536 characters.
 * Decision: a decimal that is whole (`1.0`) is refused, since the parser takes it for an integer and would write it as one; so is a date beyond those of ECMAScript.
 * Does not check: what the value says.
 * @returns undefined for anything else. Linear in time.
 */
export function parseField<Type extends FieldType>(type: Type, text: string): FieldValue<Type> | undefined {
  const value = parse(type, text);
  return value !== undefined && isWhole(text, formatField(type, value)) ? value : undefined;
}

/**
 * As `parseField`, for fields whose every value has one spelling up to white space: base64 with its padding and without stray bits
 * (RFC 4648 §3.5), no leading zeros, nothing left to a reader's mercy. A byte that is changed then is a value that is changed.
 */
export function parseCanonicalField<Type extends FieldType>(type: Type, text: string): FieldValue<Type> | undefined {
  const value = parse(type, text);
  if (value === undefined) return undefined;
  const written = formatField(type, value);
  // Most write it so: nothing was dropped then, and nothing is to be read in another way.
  if (text === written) return value;
  return isWhole(text, written) && squeeze(text) === squeeze(written) ? value : undefined;
}

/** Writes a structured field in its canonical form (RFC 9651 §4.1). Throws for a value that none can hold. */
export function formatField<Type extends FieldType>(type: Type, value: FieldValue<Type>): string {
  switch (type) {
    case 'dictionary':
      return serializeDictionary(value as Dictionary);
    case 'list':
      return serializeList(value as List);
    default:
      return serializeItem(value as Item);
  }
}

export function formatMember(member: Item | InnerList): string {
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member);
}

export const formatItem = (item: Item): string => serializeItem(item);
export const formatInnerList = (list: InnerList): string => serializeInnerList(list);

export function isInnerList(member: Item | InnerList): member is InnerList {
  return Array.isArray(member[0]);
}

function parse<Type extends FieldType>(type: Type, text: string): FieldValue<Type> | undefined {
  if (text.length > maxLength || !ascii.test(text)) return undefined;
  try {
    switch (type) {
      case 'dictionary':
        return parseDictionary(text) as FieldValue<Type>;
      case 'list':
        return parseList(text) as FieldValue<Type>;
      default:
        return parseItem(text) as FieldValue<Type>;
    }
  } catch {
    return undefined;
  }
}

/** Whether a text says no more than what was read of it and written anew. */
function isWhole(text: string, written: string): boolean {
  const bare = withoutStrings(text);
  const again = withoutStrings(written);
  // Each member and each parameter has its separator; where one is gone, its key stood twice.
  if (countSeparators(bare) !== countSeparators(again)) return false;
  // A date beyond the days of ECMAScript is read as none.
  return !wholeDecimal.test(bare) && !again.includes('@NaN');
}

// A string (RFC 9651 §3.3.3) or a Display String (§3.3.8), which knows no backslash.
const quoted = /%"[^"]*"|"(?:[^"\\]|\\.)*"/g;
const quotedOrSpace = /(%"[^"]*"|"(?:[^"\\]|\\.)*")|[ \t]+/g;
// Where a value may begin, and no key and no rest of a token.
const wholeDecimal = /(?:^|[=( ,\t])-?\d+\.0+(?!\d)/;

/** Of a text that was parsed, so that its quotes are paired: leaves separators, keys, numbers, tokens and base64. */
const withoutStrings = (text: string): string => text.replace(quoted, '""');
const countSeparators = (bare: string): number => bare.split(/[,;]/).length;
/** Drops white space, but for that in strings. */
const squeeze = (text: string): string => text.replace(quotedOrSpace, '$1');
