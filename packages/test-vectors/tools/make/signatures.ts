import { createHmac, sign } from 'node:crypto';

import { publicJwk, secret, signingKey } from './keys.ts';
import { signatureRecipes } from './signature-recipes.ts';

/** A signed message: its base is written out here, so that nothing of what is tested makes it. */
export interface SignatureRecipe {
  /** Who signs: a private key or a secret of keys/private.json; or `public-ed`, HMAC with a public key; `none`, nobody. */
  readonly key: string;
  /** The lines of the base (RFC 9421 §2.5) before that of the parameters. */
  readonly lines: readonly string[];
  /** The covered components and the parameters, as they stand in Signature-Input. */
  readonly params: string;
  readonly change?: SignatureChange;
}

/** What is done to the signature afterwards. */
export type SignatureChange =
  | { readonly cut: number }
  | { readonly flip: number }
  | { readonly as: 'hex' | 'upper-hex' | 'base64url' | 'unpadded' };

type Texts = Readonly<Record<string, string>>;

/** What stands in Signature-Input after the label. */
export function makeSignatureInputs(): Texts {
  return mapRecipes(({ params }) => params);
}

/**
 * What stands between the colons in Signature. ECDSA draws random numbers: such a signature is kept as long as its recipe is.
 * @param before the signatures that are there, and the inputs that they were made for
 */
export function makeSignatures(before: { readonly signatures: Texts; readonly inputs: Texts }): Texts {
  return mapRecipes((recipe, name) => {
    const known = before.signatures[name];
    if (recipe.key === 'es' && known !== undefined && before.inputs[name] === recipe.params) return known;
    const base = [...recipe.lines, `"@signature-params": ${recipe.params}`].join('\n');
    return write(signBase(recipe.key, Buffer.from(base)), recipe.change);
  });
}

function signBase(key: string, base: Buffer): Buffer {
  switch (key) {
    case 'none':
      return Buffer.alloc(0);
    case 'public-ed':
      return hmac(Buffer.from(publicJwk('ed').x!, 'base64url'), base);
    case 'shared':
    case 'second':
      return hmac(secret(key), base);
    case 'rs':
      return sign('sha256', base, signingKey(key));
    case 'es':
      return sign('sha256', base, { key: signingKey(key), dsaEncoding: 'ieee-p1363' });
    default:
      return sign(null, base, signingKey(key));
  }
}

const hmac = (key: Buffer, base: Buffer): Buffer => createHmac('sha256', key).update(base).digest();

function write(signature: Buffer, change: SignatureChange | undefined): string {
  if (change === undefined) return signature.toString('base64');
  if ('cut' in change) return signature.subarray(0, change.cut).toString('base64');
  if ('flip' in change) {
    signature[change.flip]! ^= 1;
    return signature.toString('base64');
  }
  switch (change.as) {
    case 'hex':
      return signature.toString('hex');
    case 'upper-hex':
      return signature.toString('hex').toUpperCase();
    case 'base64url':
      return signature.toString('base64url');
    case 'unpadded':
      return signature.toString('base64').replace(/=+$/, '');
  }
}

const mapRecipes = (make: (recipe: SignatureRecipe, name: string) => string): Texts =>
  Object.fromEntries(Object.entries(signatureRecipes).map(([name, recipe]) => [name, make(recipe, name)]));
