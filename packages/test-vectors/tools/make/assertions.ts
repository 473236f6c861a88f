import { now } from './base.ts';
import type { Json, JsonObject, Jws, Recipes, Signing } from './recipe.ts';

/** The issuer under test, in configurations with one. */
const testedIssuer = 'https://issuer.example/oauth';

/** A client assertion (RFC 7523 §3) that is good but for what is given. */
function assertion(
  jti: string,
  changes: Readonly<Record<string, Json | undefined>> = {},
  {
    header = {},
    sign = { key: 'es' },
  }: { readonly header?: Readonly<Record<string, Json | undefined>>; readonly sign?: Signing } = {},
): Jws {
  const claims = { iss: 'signer', sub: 'signer', aud: testedIssuer, exp: now + 240, iat: now, jti, ...changes };
  const head = { alg: 'ES256', kid: 'es', typ: 'client-authentication+jwt', ...header };
  return { kind: 'jws', header: without(head), payload: without(claims), sign };
}

function without(object: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}

const wrongClaims: readonly Readonly<Record<string, Json | undefined>>[] = [
  { iss: 'other-signer' },
  { exp: undefined },
  { exp: now + 3600 },
  { jti: undefined },
  { iat: now + 60 },
  { exp: now - 60 },
  { nbf: now + 60 },
  { sub: 'nobody', iss: 'nobody' },
];

/** What clients sign to prove themselves to the issuer. */
export const assertions: Recipes = {
  'assertion-1': assertion('assertion-1'),
  'assertion-2': assertion('assertion-2', {}, { header: { typ: 'JWT' } }),
  'assertion-3': assertion('assertion-3', { aud: [testedIssuer] }, { header: { typ: undefined } }),
  'assertion-4': assertion('assertion-4'),
  'assertion-5': assertion('assertion-5'),
  'assertion-6': assertion('assertion-6'),
  'assertion-aud-endpoint': assertion('assertion-aud-endpoint', { aud: `${testedIssuer}/token` }),
  'assertion-aud-array': assertion('assertion-aud-array', { aud: [testedIssuer, 'https://other.example'] }),
  ...Object.fromEntries(
    wrongClaims.map((changes, index) => [
      `assertion-claims-${index + 1}`,
      assertion(`assertion-claims-${index + 1}`, changes),
    ]),
  ),
  'assertion-hs256': assertion(
    'assertion-hs256',
    {},
    { header: { alg: 'HS256' }, sign: { publicKey: 'es', as: 'pem' } },
  ),
  'assertion-other-key': assertion(
    'assertion-other-key',
    {},
    { header: { alg: 'RS256', kid: 'rs' }, sign: { key: 'rs' } },
  ),
  'assertion-none': assertion('assertion-none', {}, { header: { alg: 'none' }, sign: { hex: '' } }),
  'assertion-typ': assertion('assertion-typ', {}, { header: { typ: 'dpop+jwt' } }),
};
