import { formatCachedToken, parseJsonObject, readCachedToken, type CachedToken } from '@auth/core/signing';

/** Bytes of the initialisation vector of AES-GCM (NIST SP 800-38D §8.2.2). */
const ivBytes = 12;
const encoder = new TextEncoder();

/** Encrypts tokens so that whoever reads the store has nothing: AES-256-GCM through Web Crypto, a fresh vector for each. */
export class Sealer {
  readonly #key: ReturnType<typeof globalThis.crypto.subtle.importKey>;

  /** @param key 32 random bytes */
  constructor(key: Uint8Array<ArrayBuffer>) {
    this.#key = globalThis.crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
    // Whoever uses it hears of it.
    this.#key.catch(() => undefined);
  }

  /** @param name authenticated beside it: what was sealed for one name is good for no other */
  async seal(token: CachedToken, name: string): Promise<Uint8Array<ArrayBuffer>> {
    const text = JSON.stringify(formatCachedToken(token));
    const iv = globalThis.crypto.getRandomValues(new Uint8Array(ivBytes));
    const sealed = await globalThis.crypto.subtle.encrypt(parameters(iv, name), await this.#key, encoder.encode(text));
    const bytes = new Uint8Array(ivBytes + sealed.byteLength);
    bytes.set(iv);
    bytes.set(new Uint8Array(sealed), ivBytes);
    return bytes;
  }

  /** Undefined for whatever this key did not seal under this name: another key, a change, an entry moved. */
  async open(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<CachedToken | undefined> {
    try {
      const iv = bytes.slice(0, ivBytes);
      const plain = await globalThis.crypto.subtle.decrypt(parameters(iv, name), await this.#key, bytes.slice(ivBytes));
      return readToken(new Uint8Array(plain));
    } catch {
      return undefined;
    }
  }
}

const parameters = (iv: Uint8Array<ArrayBuffer>, name: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encoder.encode(name),
});

/** Of another version of this package it may be anything. */
function readToken(bytes: Uint8Array): CachedToken | undefined {
  const json = parseJsonObject(bytes);
  return json && readCachedToken(json);
}
