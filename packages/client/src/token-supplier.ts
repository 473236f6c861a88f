import type { Awaitable, Faults } from '@auth/core/signing';

/** Gives a token that somebody else makes: the platform, a sign-in. Asked each time that one is needed. */
export interface TokenSupplier {
  /** Says whose token it is, without a secret: access tokens that were got by it are kept under this name. */
  readonly name: string;
  /** @throws whatever keeps it from giving one: the call fails with `token-source` */
  read(signal?: AbortSignal): Awaitable<string>;
}

/** Notes what is neither a text nor a supplier. */
export function checkToken(name: string, token: unknown, faults: Faults): void {
  const { name: own, read } = (typeof token === 'object' && token !== null ? token : {}) as Partial<TokenSupplier>;
  const isSupplier = typeof own === 'string' && own !== '' && typeof read === 'function';
  if (!isSupplier && (typeof token !== 'string' || token === ''))
    faults.add(name, 'invalid-option', 'must be text, and not empty, or { name, read() } that gives it');
}

/** Turns a text into a supplier of it: named by a digest, so that two texts have tokens of their own. */
export function toSupplier(token: string | TokenSupplier): TokenSupplier {
  return typeof token === 'string' ? { name: '', read: () => token } : token;
}

/** A name for what a token depends on, by which nobody finds the token: SHA-256 in base64. */
export async function digestOf(text: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
