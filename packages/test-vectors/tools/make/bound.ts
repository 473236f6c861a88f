import { readFileSync } from 'node:fs';

import { claiming } from './base.ts';
import type { Json, Recipes } from './recipe.ts';

const { texts } = JSON.parse(
  readFileSync(new URL('../../vectors/keys/certificates.json', import.meta.url), 'utf8'),
) as { readonly texts: Readonly<Record<string, string>> };

const thumbprint = texts['payments-thumbprint']!;
const bound = (jti: string, cnf: Json): Recipes => ({ [jti]: claiming(jti, { cnf }) });

/** Tokens that are bound to a certificate (RFC 8705 §3.1), in right and wrong forms. */
export const boundRecipes: Recipes = {
  ...bound('certificate-bound', { 'x5t#S256': thumbprint }),
  ...bound('certificate-bound-padded', { 'x5t#S256': `${thumbprint}=` }),
  ...bound('certificate-bound-hex', { 'x5t#S256': Buffer.from(thumbprint, 'base64url').toString('hex') }),
  ...bound('certificate-bound-sha1', { x5t: 'dGhpcyBpcyBTSEEtMSBhbmQgbm90' }),
  ...bound('certificate-bound-list', { 'x5t#S256': [thumbprint] }),
};
