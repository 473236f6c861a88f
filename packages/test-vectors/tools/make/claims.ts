import { audience, by, claiming, claims, claimsText, header, issuer, now, token } from './base.ts';
import type { Json, Recipes } from './recipe.ts';

/** One token a value: NAME-1, NAME-2 … */
function each(name: string, claim: string, values: readonly (Json | undefined)[]): Recipes {
  return Object.fromEntries(
    values.map((value, index) => [`${name}-${index + 1}`, claiming(`${name}-${index + 1}`, { [claim]: value })]),
  );
}

/** As `each`, for a value that JSON.stringify would not write. */
function eachText(name: string, claim: string, values: readonly string[]): Recipes {
  return Object.fromEntries(
    values.map((value, index) => {
      const jti = `${name}-${index + 1}`;
      const change = (text: string) => text.replace(new RegExp(`"${claim}":[^,]+`), () => `"${claim}":${value}`);
      return [jti, token(jti, { payload: claimsText(jti, change) })];
    }),
  );
}

const accepted: Recipes = {
  'aud-array': claiming('aud-array', { aud: ['https://other', audience] }),
  'float-dates': claiming('float-dates', { exp: now + 600.5, iat: now - 60.25 }),
  'unknown-claims': claiming('unknown-claims', {
    tenant: 'acme',
    'name:größe': 'naïve 日本 🔑',
    'https://claims.example/list': [1, null, { a: true }],
    '': 'empty name',
  }),
  write: claiming('write', { scope: 'orders:read orders:write' }),
  'claim-prototype': token('claim-prototype', {
    payload: claimsText('claim-prototype', (text) =>
      text.replace(
        /\}$/,
        ',"__proto__":{"admin":true,"scope":"orders:write"},"constructor":{"prototype":{"admin":true}},"toString":"text"}',
      ),
    ),
  }),
  'many-claims': claiming(
    'many-claims',
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [shortName(index), 1])),
  ),
  'sub-control': claiming('sub-control', { sub: 'svc\r\n\u001b[31m\u202eadmin' }),
  'collide-1': token('collide-1', { payload: claims('collide', { sub: 'svc-1' }) }),
  'collide-2': token('collide-2', { payload: claims('collide', { sub: 'svc-2' }) }),
};

/** Two characters, the first a letter: no name is an array index, so that the order stays. */
function shortName(index: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return letters[Math.floor(index / 36)]! + (index % 36).toString(36);
}

const parties: Recipes = {
  ...each('iss-missing', 'iss', [undefined]),
  ...each('iss-wrong', 'iss', ['https://attacker.example']),
  ...each('iss-array', 'iss', [[issuer]]),
  ...each('iss-near', 'iss', [
    'https://issuer.example/',
    'https://ISSUER.example',
    'https://issuer.exampl',
    'https://issuer.example.attacker.example',
    'https://issuer.example:443',
    'https://issuer.example.',
    'https://\u0456ssuer.example',
  ]),
  ...each('aud-missing', 'aud', [undefined]),
  ...each('aud-wrong', 'aud', ['https://other.example']),
  ...each('aud-empty', 'aud', [[], '', null, {}]),
  ...each('aud-mixed', 'aud', [[audience, 1]]),
  ...each('aud-near', 'aud', [
    'api.example',
    'https://api.exampl',
    'https://api.example/',
    'https://API.example',
    'https://api.example.attacker.example',
  ]),
  'issuer-a': token('issuer-a', {
    header: header({ kid: 'one' }),
    payload: claims('issuer-a', { iss: 'https://a.example' }),
  }),
  'issuer-b': token('issuer-b', {
    header: header({ kid: 'one' }),
    payload: claims('issuer-b', { iss: 'https://b.example' }),
    sign: { key: 'rs-2' },
  }),
  'issuer-a-by-b': token('issuer-a-by-b', {
    header: header({ kid: 'one' }),
    payload: claims('issuer-a-by-b', { iss: 'https://a.example' }),
    sign: { key: 'rs-2' },
  }),
  ...each('sub-missing', 'sub', [undefined, '', 7]),
};

const times: Recipes = {
  ...each('exp-past', 'exp', [now - 6]),
  ...each('exp-edge', 'exp', [now, now - 4, now - 5]),
  ...each('exp-missing', 'exp', [undefined]),
  ...each('exp-types', 'exp', [String(now + 600), null, true, -1, 'NaN', 8640000000001]),
  ...eachText('exp-infinite', 'exp', ['1e999']),
  'exp-far-1': claiming('exp-far-1', { exp: now + 3541 }),
  'exp-far-2': claiming('exp-far-2', { exp: now + 3606, iat: undefined }),
  ...each('nbf', 'nbf', [now + 6, now + 5]),
  ...each('iat-future', 'iat', [now + 6]),
  ...each('iat-missing', 'iat', [undefined]),
  ...each('iat-old', 'iat', [now - 306]),
  'past-no-scope': claiming('past-no-scope', { exp: now - 6, scope: '' }),
};

const scopes: Recipes = {
  ...each('scope-type', 'scope', [['orders:write'], { 'orders:write': true }, 1]),
  ...each('scope-near', 'scope', [
    'orders:read orders:write2',
    'ORDERS:WRITE',
    'orders',
    'orders:read\torders:write',
    'orders:read\u00a0orders:write',
  ]),
  'scope-admin': claiming('scope-admin', { scope: 'admin' }),
  'scope-star': claiming('scope-star', { scope: '*' }),
  'scopes-object': claiming('scopes-object', { scopes: { toString: true } }),
};

const confirmations: Recipes = {
  bound: claiming('bound', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
  ...each('cnf', 'cnf', [
    { jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } },
    { kid: 'client-key' },
    { osc: 'AAAA' },
    { unknown: 'AAAA' },
    'text',
  ]),
};

const signatures: Recipes = {
  ...Object.fromEntries(
    [
      ['rs', 'RS256', [0, 1024, 2047]] as const,
      ['es', 'ES256', [0, 255, 256, 511]] as const,
      ['ed', 'EdDSA', [0, 255, 256, 511]] as const,
    ].flatMap(([key, alg, bits]) => {
      const changes = bits.map((flip) => [`bit-${flip}`, { flip }] as const);
      return [...changes, ['cut', { cut: 1 }] as const, ['long', { append: '00' }] as const].map(([name, change]) => {
        const jti = `sig-${key}-${name}`;
        return [jti, by(jti, key, alg, { change })] as const;
      });
    }),
  ),
  'sig-empty': token('sig-empty', { sign: { hex: '' } }),
  ...Object.fromEntries(
    (['zero', 'r-order', 's-order', 'r-zero', 'der', 'high-s'] as const).map((ecdsa) => [
      `ecdsa-${ecdsa}`,
      by(`ecdsa-${ecdsa}`, 'es', 'ES256', { change: { ecdsa } }),
    ]),
  ),
  'eddsa-s-plus-l': by('eddsa-s-plus-l', 'ed', 'EdDSA', { change: { eddsa: 'add-order' } }),
  'eddsa-r-non-canonical': by('eddsa-r-non-canonical', 'ed', 'EdDSA', {
    change: { replace: `ee${'ff'.repeat(30)}7f${'00'.repeat(32)}` },
  }),
};

export const claimRecipes: Recipes = {
  ...accepted,
  ...parties,
  ...times,
  ...scopes,
  ...confirmations,
  ...signatures,
};
