import { createHash } from 'node:crypto';

import { claiming, now } from './base.ts';
import { jkt } from './keys.ts';
import type { Json, JsonObject, Jws, Recipes, Signing } from './recipe.ts';

type Changes = Readonly<Record<string, Json | undefined>>;

interface ProofChange {
  readonly key?: string;
  /** The token that the proof goes with. */
  readonly token?: string;
  readonly header?: Changes;
  readonly claims?: Changes;
  readonly sign?: Signing;
}

const without = (members: Changes): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;

const bound = (name: string, key: string): Jws => claiming(name, { cnf: { jkt: jkt(key) } });

/** A proof that is good for GET http://api.example/orders, but for what is given. */
function proof(jti: string, change: ProofChange = {}, more: Partial<Jws> = {}): Jws {
  const { key = 'client-es', token = 'dpop-bound', header, claims, sign = { key } } = change;
  return {
    kind: 'jws',
    header: without({ typ: 'dpop+jwt', alg: 'ES256', jwk: { bare: key }, ...header }),
    payload: without({
      jti,
      htm: 'GET',
      htu: 'http://api.example/orders',
      iat: now,
      ath: { hashOf: token },
      ...claims,
    }),
    sign,
    ...more,
  };
}

/** Proofs by what each is about: so that the name is the `jti` as well. */
const proofs = (list: Readonly<Record<string, ProofChange>>): Recipes =>
  Object.fromEntries(Object.entries(list).map(([name, change]) => [`proof-${name}`, proof(name, change)]));

/** What somebody hashes who takes the claims for the token. */
const hashOfClaims = ({ payload }: Jws): string =>
  createHash('sha256').update(JSON.stringify(payload)).digest('base64url');

const tokens: Recipes = {
  'dpop-bound': bound('dpop-bound', 'client-es'),
  'dpop-bound-2': bound('dpop-bound-2', 'client-es-2'),
  'dpop-bound-es384': bound('dpop-bound-es384', 'client-es384'),
  'dpop-bound-ed': bound('dpop-bound-ed', 'client-ed'),
  'dpop-bound-rs': bound('dpop-bound-rs', 'client-rs'),
  'dpop-bound-twice': claiming('dpop-bound-twice', {
    cnf: { jkt: jkt('client-es'), 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' },
  }),
  'dpop-jkt-number': claiming('dpop-jkt-number', { cnf: { jkt: 1 } }),
  'dpop-jkt-padded': claiming('dpop-jkt-padded', { cnf: { jkt: `${jkt('client-es')}=` } }),
  'dpop-jkt-short': claiming('dpop-jkt-short', { cnf: { jkt: jkt('client-es').slice(0, 42) } }),
  'dpop-jkt-hex': claiming('dpop-jkt-hex', {
    cnf: { jkt: Buffer.from(jkt('client-es'), 'base64url').toString('hex') },
  }),
};

const accepted = proofs({
  good: {},
  'good-2': {},
  post: { claims: { htm: 'POST' } },
  'iat-oldest': { claims: { iat: now - 65 } },
  'iat-newest': { claims: { iat: now + 5 } },
  es384: { key: 'client-es384', token: 'dpop-bound-es384', header: { alg: 'ES384' } },
  eddsa: { key: 'client-ed', token: 'dpop-bound-ed', header: { alg: 'EdDSA' } },
  ed25519: { key: 'client-ed', token: 'dpop-bound-ed', header: { alg: 'Ed25519' } },
  ps256: { key: 'client-rs', token: 'dpop-bound-rs', header: { alg: 'PS256' } },
  rs256: { key: 'client-rs', token: 'dpop-bound-rs', header: { alg: 'RS256' } },
  'typ-prefix': { header: { typ: 'application/dpop+jwt' } },
  'htu-plain': {},
  'htu-query-fragment': { claims: { htu: 'http://api.example/orders?a=1#b' } },
  'htu-case-port-dots': { claims: { htu: 'HTTP://API.example:80/a/../orders' } },
  'htu-encoded': { claims: { htu: 'http://api.example/%7eme' } },
  'htu-https': { claims: { htu: 'https://api.example/orders' } },
  'htu-https-normalised': { claims: { htu: 'HTTPS://API.example:443/a/../orders' } },
  'unbound-token': { token: 'good' },
  downgrade: {},
  'with-bearer': { token: 'good' },
  off: {},
  twice: { token: 'dpop-bound-twice' },
  'nonce-none': {},
  'nonce-none-2': {},
  'nonce-foreign': { claims: { nonce: 'eyJ7S_zG.eyJH0-Z.HX4w-7v' } },
  'thumbprint-members': {
    header: { jwk: { public: 'client-es', and: { use: 'sig', key_ops: ['verify'], x5c: ['MIIB'], ext: true } } },
  },
});

const numbered = (name: string, changes: readonly ProofChange[]): Readonly<Record<string, ProofChange>> =>
  Object.fromEntries(changes.map((change, index) => [`${name}-${index + 1}`, change]));

const refused = proofs({
  ...numbered(
    'claims-missing',
    ['jti', 'htm', 'htu', 'iat', 'ath'].map((name) => ({ claims: { [name]: undefined } })),
  ),
  ...numbered('claims-type', [
    { claims: { jti: 1 } },
    { claims: { htm: ['GET'] } },
    { claims: { htu: null } },
    { claims: { iat: String(now) } },
    { claims: { ath: true } },
  ]),
  ...numbered('typ', [{ header: { typ: 'JWT' } }, { header: { typ: undefined } }, { header: { typ: 'at+jwt' } }]),
  'symmetric-oct': {
    header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T' } },
    sign: { secret: 'shared' },
  },
  'symmetric-public': { header: { alg: 'HS256' }, sign: { publicKey: 'client-es', as: 'pem' } },
  none: { header: { alg: 'none' }, sign: { hex: '' } },
  'signature-other': { sign: { key: 'client-es-2' } },
  ...numbered('private', [
    { header: { jwk: { private: 'client-es' } } },
    {
      key: 'client-rs',
      token: 'dpop-bound-rs',
      header: { alg: 'PS256', jwk: { bare: 'client-rs', and: { p: 'AQAB' } } },
    },
    { header: { jwk: { bare: 'client-es', and: { k: 'AQAB' } } } },
  ]),
  ...numbered('jwk', [
    { header: { jwk: undefined } },
    { header: { jwk: 'https://client.example/jwk' } },
    { header: { jwk: undefined, kid: 'client-es' } },
    { header: { jwk: undefined, x5c: { certificate: 'attacker-rs' } } },
    { header: { jwk: undefined, jku: 'https://client.example/jwks' } },
    { header: { jwk: { bare: 'client-es', and: { y: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE' } } } },
    { header: { alg: 'RS256', jwk: { bare: 'rs-1024' } }, sign: { key: 'rs-1024', alg: 'RS256' } },
  ]),
  crit: { header: { crit: ['exp2'], exp2: 1 } },
  ...numbered('htm', [{}, { claims: { htm: 'post' } }]),
  ...numbered(
    'htu',
    [
      'http://other.example/orders', 'https://api.example/orders', 'http://api.example:8080/orders', 'http://api.example/Orders',
      'http://api.example/orders/', 'http://api.example/a%2Fb',
    ].map((htu) => ({ claims: { htu } })), // prettier-ignore
  ),
  'host-spoof': { claims: { htu: 'http://other.example/orders' } },
  'iat-old': { claims: { iat: now - 66 } },
  'iat-future': { claims: { iat: now + 6 } },
  replay: {},
  store: {},
  ...numbered('jti-huge', [{ claims: { jti: 'j'.repeat(4096) } }, { claims: { jti: '' } }]),
  ...numbered('ath', [
    { token: 'good' },
    { claims: { ath: { hashOf: 'dpop-bound', suffix: '=' } } },
    { claims: { ath: hashOfClaims(bound('dpop-bound', 'client-es')) } },
  ]),
  'other-key': { key: 'client-es-2' },
});

/** The same `jti`, written or signed otherwise. */
const respelled: Recipes = {
  'proof-jti-one': proof('jti-one'),
  'proof-jti-other-key': proof('jti-one', { key: 'client-es-2', token: 'dpop-bound-2' }),
  'proof-respelled-1': proof('respelled-1'),
  'proof-respelled-1-high-s': proof('respelled-1', {}, { change: { ecdsa: 'high-s' } }),
  'proof-respelled-2': proof('respelled-2'),
  'proof-respelled-2-spaces': proof('respelled-2', { header: { alg: 'ES256', typ: 'DPOP+JWT' } }),
  'proof-signature-flip': proof('signature-flip', {}, { change: { flip: 7 } }),
  'proof-signature-zero': proof('signature-zero', {}, { change: { ecdsa: 'zero' } }),
  'proof-two-segments': { kind: 'template', text: '{proof-good.0}.{proof-good.1}' },
  'proof-json': {
    kind: 'template',
    text: '{"payload":"{proof-good.1}","protected":"{proof-good.0}","signature":"{proof-good.2}"}',
  },
  'proof-long': proof('long', { claims: { pad: 'x'.repeat(6200) } }),
};

export const dpopRecipes: Recipes = { ...tokens, ...accepted, ...refused, ...respelled };
