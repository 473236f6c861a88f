import { claiming, issuer, audience, now, token } from './base.ts';
import type { JsonObject, Recipe, Recipes } from './recipe.ts';

const opaque = (text: string): Recipe => ({ kind: 'repeat', text, times: 1 });

/** Tokens that say nothing by themselves. */
const opaqueTokens: Recipes = {
  ...Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [
      `opaque-${index + 1}`,
      opaque(`opaque-token-${index + 1}-2YotnFZFEjr1zCsicMWpAA`),
    ]),
  ),
  'opaque-special': opaque('mF_9.B5f-4.1JqM+/x~y=='),
};

const answer = (changes: JsonObject = {}): JsonObject => ({
  iss: issuer,
  aud: 'rs',
  iat: now,
  token_introspection: {
    active: true,
    iss: issuer,
    aud: audience,
    sub: 'svc-1',
    client_id: 'client-1',
    scope: 'orders:read',
    exp: now + 600,
    iat: now - 60,
  },
  ...changes,
});
const answerHeader = { alg: 'RS256', kid: 'rs', typ: 'token-introspection+jwt' };
const signedAnswer = (changes: JsonObject = {}, header: JsonObject = answerHeader): Recipe =>
  token('', { header, payload: answer(changes) });

/** Signed answers (RFC 9701), each good but for one thing. */
const signedAnswers: Recipes = {
  'introspection-signed': signedAnswer(),
  'introspection-type': signedAnswer({}, { ...answerHeader, typ: 'JWT' }),
  'introspection-aud': signedAnswer({ aud: 'another-rs' }),
  'introspection-old': signedAnswer({ iat: now - 66 }),
  'introspection-iss': signedAnswer({ iss: 'https://other.example' }),
  'introspection-flip': token('', { header: answerHeader, payload: answer() }, { change: { flip: 9 } }),
};

const tenant = (name: string, text: string): Recipe => claiming(name, { iss: `https://login.example/${text}/v2.0` });

const tenants: Recipes = {
  'tenant-a': tenant('tenant-a', 'tenant-a'),
  'tenant-c': tenant('tenant-c', 'tenant-c'),
  'tenant-slash': tenant('tenant-slash', 'tenant-a/../tenant-c'),
  'tenant-hash': tenant('tenant-hash', 'tenant-a#'),
  'tenant-empty': tenant('tenant-empty', ''),
  'tenant-twice': tenant('tenant-twice', 'tenant-a/v2.0/tenant-a'),
};

export const oauthRecipes: Recipes = { ...opaqueTokens, ...signedAnswers, ...tenants };
