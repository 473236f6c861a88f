import { expect } from 'vitest';

import { isConfigurationError, type Jwk, type JwtScheme, type ParsedToken } from '../../src/index.js';
import { decodeBase64url, encodeBase64, encodeBase64url } from '../../src/base/base64.js';
import { parseToken } from '../../src/schemes/jwt/token.js';
import { createTestClock } from '../../src/testing.js';
import { atOnce } from '../fixtures/at-once.js';
import { contextOf } from '../fixtures/context.js';
import { sends } from '../fixtures/request.js';
import type { Backend } from './backends.js';

/** A key or a set of keys, as a file prints it. */
export type PrintedKey = Jwk | { readonly keys: readonly Jwk[] };

const now = 1_700_000_000;
const context = contextOf({ clock: createTestClock(now) });
const limits = { maxCredentialBytes: 65_536 };
const who = { issuer: 'https://issuer.example', audience: 'api' };
// What the payload of a JWS stands aside for: the claims of a token that passes.
const claims = { iss: who.issuer, aud: who.audience, sub: 'ann', iat: now, exp: now + 60 };

/** For what must be refused whatever the key. */
export const anyKey: Jwk = {
  kty: 'oct',
  alg: 'HS256',
  k: encodeBase64url(Uint8Array.from({ length: 32 }, (_, i) => i)),
};

export const jwksOf = (key: PrintedKey): readonly Jwk[] => ('keys' in key ? (key['keys'] as readonly Jwk[]) : [key]);

/** Makes `jwt()` for a printed key: one symmetric key by itself is a shared secret, anything else a set of public keys. */
function createScheme({ core }: Backend, key: PrintedKey, named: boolean): JwtScheme {
  const keys = jwksOf(key);
  const [only] = keys;
  const algorithms = named ? keys.flatMap(({ alg }) => (typeof alg === 'string' ? [alg] : [])) : [];
  const listed = algorithms.length > 0 && { algorithms };
  if (keys.length !== 1 || only?.['kty'] !== 'oct') return core.jwt({ ...who, jwks: { keys }, ...listed });
  const secret = decodeBase64url(only['k'] as string) ?? new Uint8Array();
  // Without its `alg` the default, HS256, would refuse what the key is for.
  return core.jwt({ ...who, secretBase64: encodeBase64(secret), algorithms: [only['alg'] as string] });
}

/**
 * Takes a compact JWS apart by the parser of tokens. The payload of these vectors is no claims set; it is decoded, and claims of
 * a good token stand in for it. What was signed stays as it is.
 */
export function parseJws(text: string): ParsedToken | undefined {
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    expect(parseToken(text)).toBeUndefined();
    return undefined;
  }
  const token = parseToken(`${header}.e30.${signature}`);
  return token && decodeBase64url(payload) && { ...token, text, claims };
}

/** A vector may hold a JSON serialisation (RFC 7515 §7.2): a bearer token is text. */
const textOf = (jws: unknown): string => (typeof jws === 'string' ? jws : JSON.stringify(jws));

/** Verifies a JWS by `jwt()` with this key: `verified`, or the reason of the refusal (or of the fault in the options). */
export async function verifyJws(backend: Backend, jws: unknown, key: PrintedKey): Promise<readonly string[]> {
  const text = textOf(jws);
  await expectNoToken(backend, text);
  const token = parseJws(text);
  const verdicts = [];
  // With the key's own algorithm listed, and with all: the key alone must be enough to hold a header to it.
  for (const named of [true, false]) {
    try {
      const scheme = createScheme(backend, key, named);
      if (token === undefined) verdicts.push('malformed-token');
      else verdicts.push(reasonOf(await scheme.verify(token, sends({}), context)));
    } catch (error) {
      verdicts.push(faultOf(error));
    }
  }
  return verdicts;
}

const reasonOf = (verified: Awaited<ReturnType<JwtScheme['verify']>>): string =>
  verified.kind === 'failure' ? verified.reason : verified.kind;

/** Web Crypto refuses a point off its curve only once the key is asked for. */
function faultOf(error: unknown): string {
  if (isConfigurationError(error)) return error.faults[0]!.reason;
  throw error;
}

/** As it was sent, no vector is a token for this API: `jwt()` takes none of them for one. */
async function expectNoToken({ core }: Backend, text: string): Promise<void> {
  const scheme = core.jwt({ ...who, secretBase64: encodeBase64(decodeBase64url(anyKey['k'] as string)!) });
  const found = atOnce(scheme.extract(sends({ authorization: `Bearer ${text}` }), limits));
  expect(['failure', 'foreign']).toContain(found.kind);
}

/** A key as its owner publishes it: files print private keys too, which no set of keys may hold. */
export function publicPartOf(jwk: Jwk): Jwk {
  const isPrivate = (name: string): boolean => jwk['kty'] !== 'oct' && ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name);
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !isPrivate(name)));
}
