const standard = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const urlSafe = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const standardValues = valuesOf(standard);
const urlSafeValues = valuesOf(urlSafe);

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(64);
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}

/**
 * Decodes base64url without padding (RFC 4648 §5, RFC 7515 §2).
 * Undefined for padding, white space, a foreign character, an impossible length, or unused bits that are not zero (§3.5), so
 * that every value has one spelling.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decode(text, urlSafeValues);
}

/** Decodes base64 with its padding (RFC 4648 §4), as strictly as `decodeBase64url`. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const end = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  return decode(text.slice(0, end), standardValues);
}

function decode(text: string, values: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const rest = text.length % 4;
  if (rest === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? values[code]! : 64;
    if (value === 64) return undefined;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset++] = (buffer >> bits) & 0xff;
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

export function encodeBase64url(bytes: Uint8Array): string {
  return encode(bytes, urlSafe);
}

/** Base64 with its padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, standard) + '='.repeat((3 - (bytes.length % 3)) % 3);
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]!;
    if (i + 1 < bytes.length) text += alphabet[(group >> 6) & 63]!;
    if (i + 2 < bytes.length) text += alphabet[group & 63]!;
  }
  return text;
}
