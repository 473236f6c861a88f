import { CompactEncrypt } from 'jose';
import { constants, createCipheriv, createHash, publicEncrypt } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import { part } from './jws.ts';
import { verificationKey } from './keys.ts';
import type { Jwe } from './recipe.ts';

const encode = (bytes: Buffer): string => bytes.toString('base64url');

/** Makes a compact JWE: by the library where it would make it, else by hand. */
export async function makeJwe(recipe: Jwe, build: (name: string) => Promise<string>): Promise<string> {
  const { header, key } = recipe;
  let plaintext = await part(recipe.plaintext, build);
  if (recipe.bomb !== undefined)
    plaintext = Buffer.from(plaintext.toString().replace(/\}$/, `,"pad":"${'0'.repeat(recipe.bomb)}"}`));
  const byHand = header['zip'] !== undefined || key === undefined || header['alg'] === 'RSA1_5';
  if (!byHand) {
    return new CompactEncrypt(plaintext)
      .setProtectedHeader(header as { alg: string; enc: string })
      .encrypt(verificationKey(key));
  }
  if (header['zip'] !== undefined) plaintext = deflateRawSync(plaintext, { level: 9 });
  return encryptByHand(recipe, plaintext);
}

function encryptByHand({ header, key, encryptedKey }: Jwe, plaintext: Buffer): string {
  const head = encode(Buffer.from(JSON.stringify(header)));
  // Nothing here is secret: the same bytes each time keep the text the same.
  const contentKey = createHash('sha256').update(head).digest();
  const iv = createHash('sha256').update(contentKey).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', contentKey, iv);
  cipher.setAAD(Buffer.from(head));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const wrapped =
    key === undefined ? Buffer.from(encryptedKey ?? '', 'hex') : wrap(contentKey, key, header['alg'] === 'RSA1_5');
  return [head, ...[wrapped, iv, ciphertext, cipher.getAuthTag()].map(encode)].join('.');
}

function wrap(contentKey: Buffer, key: string, old: boolean): Buffer {
  const recipient = verificationKey(key);
  return old
    ? publicEncrypt({ key: recipient, padding: constants.RSA_PKCS1_PADDING }, contentKey)
    : publicEncrypt({ key: recipient, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, contentKey);
}
