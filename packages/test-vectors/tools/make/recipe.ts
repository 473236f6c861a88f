// What a token is made of. Data only: the digest of a recipe tells whether its token must be made again.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Bytes that are no JSON object, or none that JSON.stringify would write. */
export type Literal = { readonly text: string } | { readonly hex: string } | { readonly token: string };

/** How a public key is written when somebody takes it for a secret. */
export type KeyText =
  | 'pem'
  | 'pem-leading-spaces'
  | 'pem-crlf'
  | 'pem-no-final-newline'
  | 'spki-der'
  | 'certificate'
  | 'openssh'
  | 'jwk'
  | 'jwks'
  | 'raw';

export type Signing =
  /** A private key of keys/private.json; `alg` is what really signs, where the header lies about it. */
  | { readonly key: string; readonly alg?: string; readonly saltLength?: number }
  /** HMAC with a secret of keys/private.json. */
  | { readonly secret: string }
  /** HMAC with a public key as the secret. */
  | { readonly publicKey: string; readonly as: KeyText }
  /** These bytes stand in the place of a signature; none is an empty one. */
  | { readonly hex: string };

/** What is done to the signature bytes after signing. */
export type Change =
  | { readonly flip: number }
  | { readonly cut: number }
  | { readonly append: string }
  | { readonly replace: string }
  | { readonly ecdsa: 'der' | 'high-s' | 'zero' | 'r-zero' | 'r-order' | 's-order' }
  | { readonly eddsa: 'add-order' };

export interface Jws {
  readonly kind: 'jws';
  readonly header: JsonObject | Literal;
  readonly payload: JsonObject | Literal;
  readonly sign: Signing;
  readonly change?: Change;
  /** The part whose last character becomes another one for the same bytes; the signature covers what is written. */
  readonly respell?: 'header' | 'payload' | 'signature';
  /** Bytes of the whole token: the claim `pad` fills it up. */
  readonly size?: number;
  /** Claim `jti` is counted up until the signature is so. */
  readonly until?: 'shorter-than-modulus' | 'has-dash-and-underscore';
}

export interface Jwe {
  readonly kind: 'jwe';
  readonly header: JsonObject;
  /** Encrypted to this key; left out: whatever stands in `encryptedKey`. */
  readonly key?: string;
  readonly encryptedKey?: string;
  readonly plaintext: JsonObject | Literal;
  /** The plaintext ends with this many zeros in a claim, deflated. */
  readonly bomb?: number;
}

/** Text with `{name}` for another token and `{name.0}` for one of its parts. */
export interface Template {
  readonly kind: 'template';
  readonly text: string;
  /** In every part taken over. */
  readonly alphabet?: 'base64';
}

export interface Repeat {
  readonly kind: 'repeat';
  readonly text: string;
  readonly times: number;
}

export type Recipe = Jws | Jwe | Template | Repeat;
export type Recipes = Readonly<Record<string, Recipe>>;
