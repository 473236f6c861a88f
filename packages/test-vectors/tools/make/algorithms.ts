import { by, claims, claimsText, header, heading, token } from './base.ts';
import type { KeyText, Recipes } from './recipe.ts';

const signed: Recipes = {
  good: token('good'),
  'good-2': token('good-2'),
  es256: by('es256', 'es', 'ES256'),
  eddsa: by('eddsa', 'ed', 'EdDSA'),
  ed25519: by('ed25519', 'ed', 'Ed25519'),
  rs384: by('rs384', 'rs-any', 'RS384'),
  rs512: by('rs512', 'rs-any', 'RS512'),
  ps256: by('ps256', 'rs-any', 'PS256'),
  ps384: by('ps384', 'rs-any', 'PS384'),
  ps512: by('ps512', 'rs-any', 'PS512'),
  es384: by('es384', 'es384', 'ES384'),
  es512: by('es512', 'es512', 'ES512'),
  hs256: token('hs256', { header: header({ alg: 'HS256', kid: undefined }), sign: { secret: 'shared' } }),
  'no-kid': token('no-kid', { header: header({ kid: undefined }), sign: { key: 'rs-any' } }),
  'no-kid-third': token('no-kid-third', { header: header({ kid: undefined }), sign: { key: 'rs-3' } }),
  'same-kid-rs': heading('same-kid-rs', { kid: 'same' }),
  'same-kid-es': heading('same-kid-es', { kid: 'same', alg: 'ES256' }, { key: 'es' }),
};

const none = (jti: string, alg: string) => token(jti, { header: header({ alg }), sign: { hex: '' } });

const refused: Recipes = {
  'alg-none': none('alg-none', 'none'),
  'alg-none-title-case': none('alg-none-title-case', 'None'),
  'alg-none-mixed-case': none('alg-none-mixed-case', 'nOnE'),
  'alg-none-no-kid': token('alg-none-no-kid', { header: { alg: 'none' }, sign: { hex: '' } }),
  'alg-none-with-signature': { kind: 'template', text: '{alg-none.0}.{good.1}.{good.2}' },
  'alg-missing': heading('alg-missing', { alg: undefined }),
  'alg-number': heading('alg-number', { alg: 256 }),
  'alg-array': heading('alg-array', { alg: ['RS256'] }),
  'alg-empty': heading('alg-empty', { alg: '' }),
  'alg-lower-case': heading('alg-lower-case', { alg: 'rs256' }),
  'alg-not-listed': heading('alg-not-listed', { alg: 'RS512' }, { key: 'rs', alg: 'RS512' }),
  'alg-of-no-key': by('alg-of-no-key', 'rs-any', 'PS256'),
  'alg-kty-mismatch': heading('alg-kty-mismatch', { alg: 'ES256', kid: 'rs' }, { key: 'es' }),
  'es256-by-p384': by('es256-by-p384', 'es384', 'ES256', { sign: { key: 'es384', alg: 'ES256' } }),
  'es512-by-p256': by('es512-by-p256', 'es', 'ES512', { sign: { key: 'es', alg: 'ES512' } }),
  'pkcs1-as-ps256': by('pkcs1-as-ps256', 'rs-any', 'PS256', { sign: { key: 'rs-any', alg: 'RS256' } }),
  'pss-as-rs256': by('pss-as-rs256', 'rs-any', 'RS256', { sign: { key: 'rs-any', alg: 'PS256' } }),
  'pss-no-salt': by('pss-no-salt', 'rs-any', 'PS256', { sign: { key: 'rs-any', saltLength: 0 } }),
  'pss-long-salt': by('pss-long-salt', 'rs-any', 'PS256', { sign: { key: 'rs-any', saltLength: 64 } }),
  'rsa-short': by('rsa-short', 'rs-any', 'RS256', { until: 'shorter-than-modulus' }),
};

/** HMAC with what everybody has. */
function confused(key: string, forms: readonly KeyText[]): Recipes {
  return Object.fromEntries(
    forms.map((as) => {
      const name = `hs-${key}-${as}`;
      return [name, token(name, { header: header({ alg: 'HS256', kid: key }), sign: { publicKey: key, as } })];
    }),
  );
}

const attacker = { kid: 'attacker' } as const;
const byAttacker = { key: 'attacker-rs' } as const;

/** Keys that the token itself brings, and names of keys that lead elsewhere. Those marked so are filled in by the builder. */
const keysInHeader: Recipes = {
  'header-jwk': heading('header-jwk', { ...attacker, jwk: { public: 'attacker-rs' } }, byAttacker),
  'header-jku': heading('header-jku', { ...attacker, jku: 'https://attacker.example/jwks' }, byAttacker),
  'header-jku-redirect': heading(
    'header-jku-redirect',
    { ...attacker, jku: 'https://issuer.example/redirect?to=https://attacker.example/jwks' },
    byAttacker,
  ),
  'header-x5u': heading('header-x5u', { ...attacker, x5u: 'https://attacker.example/chain.pem' }, byAttacker),
  'header-x5c': heading('header-x5c', { ...attacker, x5c: { certificate: 'attacker-rs' } }, byAttacker),
  'header-x5t': heading('header-x5t', { ...attacker, 'x5t#S256': { thumbprint: 'attacker-rs' } }, byAttacker),
  'kid-path': heading('kid-path', { kid: '../../dev/null' }),
  'kid-path-proc': heading('kid-path-proc', { kid: '/proc/sys/kernel/randomize_va_space' }),
  'kid-sql': heading('kid-sql', { kid: "x' UNION SELECT 'k" }),
  'kid-proto': heading('kid-proto', { kid: '__proto__' }),
  'kid-constructor': heading('kid-constructor', { kid: 'constructor' }),
  'kid-number': heading('kid-number', { kid: 1 }),
  'kid-null': heading('kid-null', { kid: null }),
  'kid-array': heading('kid-array', { kid: ['rs'] }),
  'kid-empty': heading('kid-empty', { kid: '' }),
  'kid-2k': heading('kid-2k', { kid: 'k'.repeat(2048) }),
  'kid-use-enc': heading('kid-use-enc', { kid: 'use-enc' }),
  'kid-no-verify': heading('kid-no-verify', { kid: 'no-verify' }, { key: 'rs-2' }),
  'kid-contradiction': heading('kid-contradiction', { kid: 'contradiction' }, { key: 'rs-3' }),
};

const extensions: Recipes = {
  'crit-unknown': heading('crit-unknown', { crit: ['exp2'], exp2: 1 }),
  'crit-empty': heading('crit-empty', { crit: [] }),
  'crit-text': heading('crit-text', { crit: 'exp2', exp2: 1 }),
  'crit-twice': heading('crit-twice', { crit: ['exp2', 'exp2'], exp2: 1 }),
  'crit-registered': heading('crit-registered', { crit: ['alg'] }),
  'crit-absent-member': heading('crit-absent-member', { crit: ['exp2'] }),
  'b64-false': heading('b64-false', { crit: ['b64'], b64: false }),
  'b64-false-no-crit': heading('b64-false-no-crit', { b64: false }),
  'cty-jwt': token('cty-jwt', { header: header({ cty: 'JWT' }), payload: { token: 'good' } }),
};

/** A kind of token, by `typ`, that is otherwise a good access token. */
const kinds = [
  'secevent+jwt',
  'token-introspection+jwt',
  'client-authentication+jwt',
  'oauth-authz-req+jwt',
  'kb+jwt',
  'dc+sd-jwt',
  'entity-statement+jwt',
  'unknown+jwt',
];
const typeName = (typ: string) => `typ-${typ.replaceAll('+', '-')}`;
const logout = { 'http://schemas.openid.net/event/backchannel-logout': {} };

const types: Recipes = {
  'typ-application': heading('typ-application', { typ: 'application/at+jwt' }),
  'typ-upper-case': heading('typ-upper-case', { typ: 'AT+JWT' }),
  'typ-absent': heading('typ-absent', { typ: undefined }),
  'typ-jwt': heading('typ-jwt', { typ: 'JWT' }),
  'typ-number': heading('typ-number', { typ: 1 }),
  'typ-array': heading('typ-array', { typ: ['at+jwt'] }),
  ...Object.fromEntries(kinds.map((typ) => [typeName(typ), heading(typeName(typ), { typ })])),
  'id-token': token('id-token', {
    header: header({ typ: 'JWT' }),
    payload: claims('id-token', { aud: 'client-1', client_id: undefined, scope: undefined }),
  }),
  ...Object.fromEntries(
    [
      ['nonce', 'n-0S6_WzA2Mj'],
      ['at_hash', '77QmUPtjPfzWtF2AnpK9RQ'],
      ['c_hash', 'LDktKdoQak3Pk0cnXxCltA'],
    ].map(([member, value]) => {
      const name = `id-token-${member!.replace('_', '-')}`;
      return [name, token(name, { header: header({ typ: 'JWT' }), payload: claims(name, { [member!]: value! }) })];
    }),
  ),
  'logout-token': token('logout-token', {
    header: header({ typ: 'logout+jwt' }),
    payload: claims('logout-token', { events: logout }),
  }),
  'logout-as-jwt': token('logout-as-jwt', {
    header: header({ typ: 'JWT' }),
    payload: claims('logout-as-jwt', { events: logout }),
  }),
  'logout-as-at-jwt': token('logout-as-at-jwt', { payload: claims('logout-as-at-jwt', { events: logout }) }),
  'dpop-proof': token('dpop-proof', {
    header: { alg: 'ES256', typ: 'dpop+jwt', jwk: { public: 'attacker-es' } },
    payload: { jti: 'dpop-proof', htm: 'GET', htu: 'https://api.example/token', iat: 1767225600 },
    sign: { key: 'attacker-es' },
  }),
  'typ-dpop': heading('typ-dpop', { typ: 'dpop+jwt' }),
  'client-assertion': token('client-assertion', {
    header: header({ typ: 'JWT' }),
    payload: claims('client-assertion', {
      iss: 'client-1',
      sub: 'client-1',
      aud: 'https://issuer.example',
      client_id: undefined,
      scope: undefined,
    }),
  }),
};

const duplicates: Recipes = {
  'duplicate-alg': token('duplicate-alg', {
    header: { text: '{"alg":"none","kid":"rs","typ":"at+jwt","alg":"RS256"}' },
  }),
  'duplicate-sub': token('duplicate-sub', {
    payload: claimsText('duplicate-sub', (text) => text.replace('"sub":"svc-1"', '"sub":"admin","sub":"svc-1"')),
  }),
  'duplicate-sub-escaped': token('duplicate-sub-escaped', {
    payload: claimsText('duplicate-sub-escaped', (text) =>
      text.replace('"sub":"svc-1"', '"\\u0073ub":"admin","sub":"svc-1"'),
    ),
  }),
};

export const algorithms: Recipes = {
  ...signed,
  ...refused,
  ...confused('rs', [
    'pem',
    'pem-leading-spaces',
    'pem-crlf',
    'pem-no-final-newline',
    'spki-der',
    'certificate',
    'openssh',
    'jwk',
    'jwks',
  ]),
  ...confused('es', ['pem', 'raw']),
  ...confused('ed', ['pem', 'raw']),
  ...keysInHeader,
  ...extensions,
  ...types,
  ...duplicates,
};
