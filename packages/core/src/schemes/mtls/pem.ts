import { decodeBase64 } from '../../base/base64.js';

const block = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

/**
 * The blocks of a label in PEM (RFC 7468); text between them is passed over, as OpenSSL writes it.
 * @returns undefined where there is none, where one cannot be read, or where there is a private key, which belongs elsewhere
 */
export function readPem(text: string, label: 'CERTIFICATE' | 'X509 CRL'): readonly Uint8Array[] | undefined {
  const found: Uint8Array[] = [];
  let begins = 0;
  for (const [, name, body] of text.matchAll(block)) {
    begins++;
    if (name!.endsWith('PRIVATE KEY')) return undefined;
    if (name !== label) continue;
    const bytes = decodeBase64(body!.replace(/\s/g, ''));
    if (bytes === undefined) return undefined;
    found.push(bytes);
  }
  return found.length === 0 || begins !== text.split('-----BEGIN ').length - 1 ? undefined : found;
}

/** Text that may change while the server runs, such as that of a file. */
export interface TextSource {
  /** The text as it stands now, at once. @throws where there is none any more */
  read(): string;
}

/** PEM, one or several, or where to read it. */
export type PemSource = string | readonly string[] | TextSource;

export function isPemSource(value: unknown): value is PemSource {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => typeof item === 'string');
  return typeof value === 'string' || typeof (value as TextSource | null | undefined)?.read === 'function';
}

function textOfSource(source: PemSource): string {
  if (typeof source === 'string') return source;
  return 'read' in source ? source.read() : source.join('\n');
}

/** What is made of a text, anew when the text has changed. */
export class Derived<T> {
  readonly #source: PemSource;
  readonly #make: (text: string) => T;
  #text: string | undefined;
  #value: T | undefined;
  #error: unknown;

  constructor(source: PemSource, make: (text: string) => T) {
    // What cannot change is joined once.
    this.#source = typeof source === 'object' && 'read' in source ? source : textOfSource(source);
    this.#make = make;
  }

  /** @throws what reading or making threw, each time, until the text has changed */
  get(): T {
    const text = textOfSource(this.#source);
    if (text !== this.#text) {
      this.#text = text;
      this.#error = undefined;
      this.#value = undefined;
      try {
        this.#value = this.#make(text);
      } catch (error) {
        this.#error = error;
      }
    }
    if (this.#error !== undefined) throw this.#error;
    return this.#value as T;
  }
}
