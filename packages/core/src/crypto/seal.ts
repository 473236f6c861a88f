import { decodeBase64url, encodeBase64url } from '../base/base64.js';
import { concatBytes, toUtf8 } from '../base/bytes.js';
import { parseJsonObject, type JsonObject } from '../base/strict-json.js';
import type { RandomSource } from '../contracts/clock.js';

/** Hides values in text that a browser may keep, and takes back what it made itself alone. */
export interface Sealer {
  seal(value: object): Promise<string>;
  /** Undefined for anything that was not sealed with one of the secrets for this very purpose. */
  open(text: string): Promise<JsonObject | undefined>;
}

export interface SealerOptions {
  /** The first seals; all open, so that a secret can be replaced while the old one's texts still live. */
  readonly secrets: readonly Uint8Array[];
  /** What is sealed for one purpose opens for no other. */
  readonly purpose: string;
  readonly random: RandomSource;
  /** Longer text opens to nothing; default 4096, as much as a cookie may have (RFC 6265 §6.1). */
  readonly maxTextLength?: number;
}

/** Of the platform, whose type has not one name everywhere. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const version = 1;
const ivLength = 12;
const headLength = 1 + ivLength;
const tagLength = 16;
/** AES-256-GCM (NIST SP 800-38D) under keys derived for the purpose (HKDF-SHA-256, RFC 5869), by Web Crypto in every runtime. */
export function createSealer({ secrets, purpose, random, maxTextLength = 4096 }: SealerOptions): Sealer {
  let derived: Promise<readonly Key[]> | undefined;
  const keys = (): Promise<readonly Key[]> =>
    (derived ??= Promise.all(secrets.map((secret) => deriveKey(secret, purpose))));
  return {
    async seal(value) {
      const [key] = await keys();
      const head = new Uint8Array(headLength);
      head[0] = version;
      head.set(random(ivLength), 1);
      const sealed = new Uint8Array(
        await crypto.subtle.encrypt(parametersOf(head), key!, toUtf8(JSON.stringify(value))),
      );
      return encodeBase64url(concatBytes([head, sealed], headLength + sealed.length));
    },
    async open(text) {
      const bytes = text.length > maxTextLength ? undefined : decodeBase64url(text);
      if (bytes === undefined || bytes.length < headLength + tagLength || bytes[0] !== version) return undefined;
      const head = bytes.slice(0, headLength);
      const sealed = bytes.slice(headLength);
      for (const key of await keys()) {
        const opened = await crypto.subtle.decrypt(parametersOf(head), key, sealed).catch(() => undefined);
        if (opened !== undefined) return parseJsonObject(new Uint8Array(opened));
      }
      return undefined;
    },
  };
}

/** The version is under the tag as well. */
const parametersOf = (head: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv: head.slice(1),
  additionalData: head.slice(0, 1),
});

async function deriveKey(secret: Uint8Array, purpose: string): Promise<Key> {
  const input = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveKey']);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: toUtf8(`@auth/core ${purpose}`) };
  return crypto.subtle.deriveKey(parameters, input, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
