import { CompactSign } from 'jose';
import { constants, createHash, createHmac, sign, type KeyLike } from 'node:crypto';

import { changed } from './change.ts';
import { bareJwk, certificate, keyBytes, privateJwk, publicJwk, secret, signingKey } from './keys.ts';
import type { Json, JsonObject, Jws, Literal, Signing } from './recipe.ts';

type Build = (name: string) => Promise<string>;

const base64url = (bytes: Buffer): string => bytes.toString('base64url');

/** Makes a compact JWS; `build` makes the token that another one holds. */
export async function makeJws(recipe: Jws, build: Build): Promise<string> {
  if (recipe.size !== undefined) return filled(recipe, recipe.size, build);
  if (recipe.until !== undefined) return searched(recipe, recipe.until, build);
  if (isPlain(recipe)) return honest(recipe);
  const input = `${respelt(recipe, 'header', await part(recipe.header, build))}.${respelt(recipe, 'payload', await part(recipe.payload, build))}`;
  const bytes = changed(signature(recipe, input), recipe.change);
  return `${input}.${respelt(recipe, 'signature', bytes)}`;
}

/** What a library signs without a question, a library signs: an opinion other than ours. */
function isPlain({ header, payload, sign: how, change, respell }: Jws): boolean {
  if (isLiteral(header) || isLiteral(payload) || change !== undefined || respell !== undefined) return false;
  if (hashedToken(payload) !== undefined) return false;
  if (
    'crit' in header ||
    'b64' in header ||
    'jwk' in header ||
    typeof header['typ'] === 'object' ||
    typeof header['kid'] === 'object'
  )
    return false;
  return ('key' in how && how.alg === undefined && how.saltLength === undefined) || 'secret' in how
    ? isKnown(header['alg'])
    : false;
}

const isKnown = (alg: Json | undefined): boolean =>
  typeof alg === 'string' && /^(?:(?:RS|PS|ES|HS)(?:256|384|512)|EdDSA|Ed25519)$/.test(alg);

async function honest({ header, payload, sign: how }: Jws): Promise<string> {
  const key = 'key' in how ? signingKey(how.key) : 'secret' in how ? secret(how.secret) : undefined;
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader(filledIn(header) as { alg: string })
    .sign(key!);
}

function isLiteral(value: JsonObject | Literal): value is Literal {
  const names = Object.keys(value);
  return names.length === 1 && ['text', 'hex', 'token'].includes(names[0]!);
}

/** The bytes of a header, a payload or a plaintext. */
export async function part(value: JsonObject | Literal, build: Build): Promise<Buffer> {
  if (!isLiteral(value)) {
    const members = filledIn(value);
    const hashed = hashedToken(members);
    if (hashed === undefined) return Buffer.from(JSON.stringify(members));
    const hash = createHash('sha256').update(await build(hashed));
    const { suffix = '' } = value['ath'] as { readonly suffix?: string };
    const ath = `${hash.digest('base64url')}${suffix}`;
    return Buffer.from(JSON.stringify({ ...members, ath }));
  }
  if ('text' in value) return Buffer.from(value.text);
  return 'hex' in value ? Buffer.from(value.hex, 'hex') : Buffer.from(await build(value.token));
}

/** The token whose hash a payload has as `ath`: `{ hashOf: name }`, also with a `suffix`. */
export function hashedToken(payload: JsonObject): string | undefined {
  const ath = payload['ath'];
  const name = typeof ath === 'object' && ath !== null ? (ath as JsonObject)['hashOf'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/**
 * Members that stand for a key: `{ public: name }`, `{ bare: name }` without `kid` and `alg`, also with more (`and`), `{ private: name }`,
 * `{ certificate: name }`, `{ thumbprint: name }`.
 */
function filledIn(object: JsonObject): JsonObject {
  return Object.fromEntries<Json>(Object.entries(object).map(([name, value]) => [name, keyMember(value) ?? value]));
}

function keyMember(value: Json): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { public: jwk, bare, and, private: own, certificate: chain, thumbprint } = value as JsonObject;
  if (typeof jwk === 'string') return { ...publicJwk(jwk), ...(and as JsonObject) } as unknown as JsonObject;
  if (typeof bare === 'string') return { ...bareJwk(bare), ...(and as JsonObject) } as unknown as JsonObject;
  if (typeof own === 'string') return privateJwk(own) as unknown as JsonObject;
  if (typeof chain === 'string') return [certificate(chain).raw.toString('base64')];
  if (typeof thumbprint === 'string')
    return createHash('sha256').update(certificate(thumbprint).raw).digest('base64url');
  return undefined;
}

function signature({ header, sign: how }: Jws, input: string): Buffer {
  if ('hex' in how) return Buffer.from(how.hex, 'hex');
  if ('secret' in how) return createHmac('sha256', secret(how.secret)).update(input).digest();
  if ('publicKey' in how) return createHmac('sha256', keyBytes(how.publicKey, how.as)).update(input).digest();
  const named = isLiteral(header) ? undefined : header['alg'];
  const usual = how.key === 'ed' ? 'EdDSA' : /^(?:es|attacker-es$|client-es$)/.test(how.key) ? 'ES256' : 'RS256';
  const alg = how.alg ?? (typeof named === 'string' && isKnown(named) ? named : usual);
  return asymmetric(alg, how, input);
}

function asymmetric(alg: string, how: Extract<Signing, { key: string }>, input: string): Buffer {
  const data = Buffer.from(input);
  const key = signingKey(how.key);
  if (alg === 'EdDSA' || alg === 'Ed25519') return sign(null, data, key);
  const options: KeyLike | object = alg.startsWith('ES')
    ? { key, dsaEncoding: 'ieee-p1363' }
    : alg.startsWith('PS')
      ? {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: how.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : { key };
  return sign(`sha${alg.slice(2)}`, data, options as { key: typeof key });
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Another last character for the same bytes (RFC 4648 §3.5). */
function respelt({ respell }: Jws, which: NonNullable<Jws['respell']>, bytes: Buffer): string {
  const text = base64url(bytes);
  if (respell !== which) return text;
  if (bytes.length % 3 === 0) throw new Error(`the ${which} has no spare bits`);
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) + 1]!;
}

function claimsOf({ payload }: Jws): JsonObject {
  if (isLiteral(payload)) throw new Error('this takes claims, not bytes');
  return payload;
}

async function filled(recipe: Jws, size: number, build: Build): Promise<string> {
  const { size: _, ...rest } = recipe;
  const padded = (pad: number) => makeJws({ ...rest, payload: { ...claimsOf(recipe), pad: 'x'.repeat(pad) } }, build);
  const short = await padded(0);
  // Four characters are three bytes, so one of four sizes cannot be had with a given header.
  const about = Math.floor(((size - short.length) * 3) / 4);
  for (let pad = about - 2; pad <= about + 2; pad++) {
    const text = await padded(pad);
    if (text.length === size) return text;
  }
  throw new Error(`no token of ${size} bytes with this header`);
}

async function searched(recipe: Jws, until: NonNullable<Jws['until']>, build: Build): Promise<string> {
  const { until: _, ...rest } = recipe;
  const payload = claimsOf(recipe);
  for (let count = 1; count < 100_000; count++) {
    const text = await makeJws(
      { ...rest, payload: { ...payload, jti: `${payload['jti'] as string}-${count}` } },
      build,
    );
    const encoded = text.slice(text.lastIndexOf('.') + 1);
    const bytes = Buffer.from(encoded, 'base64url');
    if (until === 'has-dash-and-underscore' && encoded.includes('-') && encoded.includes('_')) return text;
    if (until === 'shorter-than-modulus' && bytes[0] === 0) {
      return `${text.slice(0, text.lastIndexOf('.'))}.${base64url(bytes.subarray(1))}`;
    }
  }
  throw new Error('searched too long');
}
