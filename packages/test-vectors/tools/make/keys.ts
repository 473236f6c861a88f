import {
  createHash,
  createPrivateKey,
  createPublicKey,
  X509Certificate,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { KeyText } from './recipe.ts';

const folder = new URL('../../vectors/keys/', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

export type Jwk = JsonWebKey & { readonly kid: string; readonly alg?: string };

const publicKeys = read('public.json') as Readonly<Record<string, Jwk>>;
const { keys: privateKeys, secrets } = read('private.json') as {
  readonly keys: Readonly<Record<string, Jwk>>;
  readonly secrets: Readonly<Record<string, string>>;
};

const named = <T>(map: Readonly<Record<string, T>>, name: string): T => {
  const value = map[name];
  if (value === undefined) throw new Error(`no such key: ${name}`);
  return value;
};

export const publicJwk = (name: string): Jwk => named(publicKeys, name);
export const privateJwk = (name: string): Jwk => named(privateKeys, name);
/** The members alone that make the key. */
export function bareJwk(name: string): Readonly<Record<string, unknown>> {
  const { kid: _, alg: __, ...members } = publicJwk(name);
  return members;
}
/** RFC 7638. */
export function jkt(name: string): string {
  const members = Object.entries(bareJwk(name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}
export const secret = (name: string): Buffer => Buffer.from(named(secrets, name), 'base64');
export const signingKey = (name: string): KeyObject => createPrivateKey({ key: privateJwk(name), format: 'jwk' });
export const verificationKey = (name: string): KeyObject => createPublicKey({ key: publicJwk(name), format: 'jwk' });
export const certificate = (name: string): X509Certificate =>
  new X509Certificate(readFileSync(new URL(`${name}.certificate.pem`, folder)));

/** A public key as the bytes that somebody might take for a secret. */
export function keyBytes(name: string, as: KeyText): Buffer {
  const key = verificationKey(name);
  const pem = String(key.export({ type: 'spki', format: 'pem' }));
  const jwk = publicJwk(name);
  switch (as) {
    case 'pem':
      return Buffer.from(pem);
    case 'pem-leading-spaces':
      return Buffer.from(`  ${pem}`);
    case 'pem-crlf':
      return Buffer.from(pem.replaceAll('\n', '\r\n'));
    case 'pem-no-final-newline':
      return Buffer.from(pem.trimEnd());
    case 'spki-der':
      return key.export({ type: 'spki', format: 'der' });
    case 'certificate':
      return Buffer.from(certificate(name).toString());
    case 'openssh':
      return Buffer.from(`ssh-rsa ${sshRsa(jwk).toString('base64')}\n`);
    case 'jwk':
      return Buffer.from(JSON.stringify(jwk));
    case 'jwks':
      return Buffer.from(JSON.stringify({ keys: [jwk] }));
    case 'raw':
      return jwk.kty === 'EC' ? Buffer.concat([Buffer.of(4), member(jwk.x), member(jwk.y)]) : member(jwk.x);
  }
}

const member = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');

// RFC 4253 §6.6
function sshRsa(jwk: Jwk): Buffer {
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  return Buffer.concat([
    field(Buffer.from('ssh-rsa')),
    field(member(jwk.e)),
    field(Buffer.concat([Buffer.of(0), member(jwk.n)])),
  ]);
}
