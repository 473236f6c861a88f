import { claims, claimsText, header, heading, token } from './base.ts';
import type { JsonObject, Recipes } from './recipe.ts';

const hexOf = (text: string) => Buffer.from(text, 'utf8').toString('hex');
const goodClaims = (jti: string) => JSON.stringify(claims(jti));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const withMember = (jti: string, member: string) => claimsText(jti, (text) => text.replace(/\}$/, `,${member}}`));

/** One token a payload that is no JSON object, and one a header. */
function notObjects(): Recipes {
  const texts = ['["a"]', '"text"', 'null', '1'];
  return Object.fromEntries(
    texts.flatMap((text, index) => [
      [`payload-not-object-${index + 1}`, token('', { payload: { text } })],
      [`header-not-object-${index + 1}`, token(`header-not-object-${index + 1}`, { header: { text } })],
    ]),
  );
}

const json: Recipes = {
  'deep-payload': token('deep-payload', { payload: withMember('deep-payload', `"deep":${nested(2700)}`) }),
  'deep-header': token('deep-header', {
    header: { text: `{"alg":"RS256","kid":"rs","typ":"at+jwt","deep":${nested(2700)}}` },
    sign: { hex: '00' },
  }),
  ...notObjects(),
  'json-bom': token('json-bom', { payload: { hex: `efbbbf${hexOf(goodClaims('json-bom'))}` } }),
  'json-trailing': token('json-trailing', { payload: claimsText('json-trailing', (text) => `${text}}`) }),
  'json-single-quotes': token('json-single-quotes', {
    payload: claimsText('json-single-quotes', (text) => text.replaceAll('"', "'")),
  }),
  'json-comment': token('json-comment', { payload: claimsText('json-comment', (text) => text.replace(',', ',/* */')) }),
  'json-nan': token('json-nan', { payload: withMember('json-nan', '"value":NaN') }),
  'json-header-bom': token('json-header-bom', { header: { hex: `efbbbf${hexOf(JSON.stringify(header()))}` } }),
  'utf8-invalid': token('utf8-invalid', {
    payload: { hex: hexOf(goodClaims('utf8-invalid')).replace(hexOf('svc-1'), `${hexOf('svc-1')}ff`) },
  }),
  'utf8-overlong': token('utf8-overlong', {
    payload: { hex: hexOf(goodClaims('utf8-overlong')).replace(hexOf('svc-1'), `${hexOf('svc-1')}c0af`) },
  }),
  'utf8-surrogate': token('utf8-surrogate', {
    payload: claimsText('utf8-surrogate', (text) => text.replace('svc-1', 'svc-1\\ud800')),
  }),
};

const compact: Recipes = {
  'segments-1': { kind: 'template', text: '{good.0}' },
  'segments-2': { kind: 'template', text: '{good.0}.{good.1}' },
  'segments-4': { kind: 'template', text: '{good}.{good.2}' },
  'segments-6': { kind: 'template', text: '{good}.{good}' },
  'segments-no-header': { kind: 'template', text: '.{good.1}.{good.2}' },
  'segments-no-payload': { kind: 'template', text: '{good.0}..{good.2}' },
  'segments-no-signature': { kind: 'template', text: '{good.0}.{good.1}.' },
  dots: { kind: 'repeat', text: '.', times: 8000 },
  padded: { kind: 'template', text: '{good}==' },
  'url-alphabet': token('url-alphabet', {}, { until: 'has-dash-and-underscore' }),
  'base64-alphabet': {
    kind: 'template',
    text: '{url-alphabet.0}.{url-alphabet.1}.{url-alphabet.2}',
    alphabet: 'base64',
  },
  'respelt-header': token('respelt-header', { header: header({ typ: 'application/at+jwt' }) }, { respell: 'header' }),
  'respelt-payload': token(
    'respelt-payload',
    { payload: claims('respelt-payload', { pad: 'x' }) },
    { respell: 'payload' },
  ),
  'respelt-signature': token('respelt-signature', {}, { respell: 'signature' }),
  'json-flattened': { kind: 'template', text: '{"payload":"{good.1}","protected":"{good.0}","signature":"{good.2}"}' },
  'json-general': {
    kind: 'template',
    text: '{"payload":"{good.1}","signatures":[{"protected":"{good.0}","signature":"{good.2}"}]}',
  },
  polyglot: {
    kind: 'template',
    text: '{"  {good.0}.{write.1}.":"","protected":"{good.0}", "payload":"{good.1}","signature":"{good.2}"}',
  },
  'payload-swapped': { kind: 'template', text: '{good.0}.{write.1}.{good.2}' },
  // `ver` makes the size possible; a header parameter that nobody knows is ignored (RFC 7515 §4).
  'at-limit': token('at-limit', { header: header({ ver: 1 }) }, { size: 8192 }),
  'over-limit': token(
    'over-limit',
    { header: header({ alg: 'ES256', kid: 'es' }), sign: { key: 'es' } },
    { size: 8193 },
  ),
  'over-limit-15k': { kind: 'repeat', text: 'a', times: 15360 },
};

const rsa = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'encryption' };
const ec = { alg: 'ECDH-ES', enc: 'A256GCM', kid: 'encryption-ec' };
const jwt = { typ: 'JWT', cty: 'JWT' };
const around = (inner: string, head: JsonObject = { ...rsa, ...jwt }, key = 'encryption') =>
  ({ kind: 'jwe', header: head, key, plaintext: { token: inner } }) as const;

const encrypted: Recipes = {
  'jwe-rsa': around('es256'),
  'jwe-ec': around('es256', { ...ec, ...jwt }, 'encryption-ec'),
  'jwe-only': { kind: 'jwe', header: rsa, key: 'encryption', plaintext: claims('jwe-only') },
  'jwe-only-ec': { kind: 'jwe', header: { ...ec, cty: 'JWT' }, key: 'encryption-ec', plaintext: claims('jwe-only-ec') },
  'jwe-inner-none': around('alg-none'),
  'jwe-zip': around('es256', { ...rsa, ...jwt, zip: 'DEF' }),
  'jwe-zip-bomb': {
    kind: 'jwe',
    header: { ...rsa, zip: 'DEF' },
    key: 'encryption',
    plaintext: claims('jwe-zip-bomb'),
    bomb: 4_000_000,
  },
  'jwe-pbes2': {
    kind: 'jwe',
    header: {
      alg: 'PBES2-HS256+A128KW',
      enc: 'A256GCM',
      p2s: 'c2FsdHNhbHRzYWx0c2FsdA',
      p2c: 2_000_000_000,
      kid: 'encryption',
      ...jwt,
    },
    encryptedKey: 'ab'.repeat(40),
    plaintext: { token: 'es256' },
  },
  'jwe-rsa15': around('es256', { ...rsa, ...jwt, alg: 'RSA1_5' }),
  'jwe-dir': { kind: 'jwe', header: { ...rsa, ...jwt, alg: 'dir' }, encryptedKey: '', plaintext: { token: 'es256' } },
  'jwe-a128kw': {
    kind: 'jwe',
    header: { ...rsa, ...jwt, alg: 'A128KW' },
    encryptedKey: 'ab'.repeat(40),
    plaintext: { token: 'es256' },
  },
  'jwe-epk-off-curve': {
    kind: 'jwe',
    header: {
      ...ec,
      ...jwt,
      epk: {
        kty: 'EC',
        crv: 'P-256',
        x: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE',
        y: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE',
      },
    },
    encryptedKey: '',
    plaintext: { token: 'es256' },
  },
  'jwe-twice': around('jwe-rsa'),
  'jwe-thrice': around('jwe-twice'),
};

export const forms: Recipes = {
  ...json,
  ...compact,
  ...encrypted,
  'unknown-kid': heading('unknown-kid', { kid: 'nobody' }),
};
