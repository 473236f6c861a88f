import { readdirSync } from 'node:fs';

import { afterAll, describe, expect, it } from 'vitest';

import type { Jwk } from '../../src/index.js';
import { decodeBase64url } from '../../src/base/base64.js';
import { fromUtf8 } from '../../src/base/bytes.js';
import { findJwkFault } from '../../src/crypto/jwk.js';
import { backends, type Backend } from './backends.js';
import { anyKey, publicPartOf, verifyJws } from './jws.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

interface Signature {
  readonly protected?: string;
  readonly signature: string;
}

interface Output {
  readonly compact?: string;
  readonly json?: { readonly payload?: string; readonly signatures: readonly Signature[] };
  readonly json_flat?: object;
}

interface JwsFile {
  readonly input: { readonly payload: string; readonly key: Jwk | readonly Jwk[] };
  readonly output: Output;
}

const root = 'jose-cookbook/';
const filesIn = (folder: string): readonly string[] =>
  readdirSync(new URL(`${root}${folder}`, import.meta.url)).filter((name) => name.endsWith('.json'));
const jwsMembers = ['title', 'reproducible', 'input', 'signing', 'output'];
const jwsFiles = ['curve25519/jws.json', ...filesIn('jws/').map((name) => `jws/${name}`)];
const jweFiles = ['curve25519/ecdh-es.json', ...filesIn('jwe/').map((name) => `jwe/${name}`)];

// Refused here: in both, `alg` (or all) stands outside of what is signed, so that there is no compact form of it.
const withoutProtectedAlgorithm: ReadonlySet<string> = new Set([
  'jws/4_7.protecting_content_only.json 0',
  'jws/4_8.multiple_signatures.json 1',
]);

function readJws(file: string): JwsFile {
  const read = readVectors(root + file) as JwsFile;
  checkMembers(file, [read], jwsMembers);
  checkMembers(file, [read.input], ['payload', 'key', 'alg']);
  checkMembers(file, [read.output], ['compact', 'json', 'json_flat']);
  return read;
}

/** Shared secrets without an algorithm are for HS256 in these files. */
const keysOf = ({ input }: JwsFile): readonly Jwk[] => [input.key].flat().map(toKey);
const toKey = (jwk: Jwk): Jwk => (jwk['kty'] === 'oct' ? { alg: 'HS256', ...jwk } : publicPartOf(jwk));

/** Both verdicts where they agree. */
async function verdictOn(backend: Backend, jws: unknown, key: Jwk): Promise<string> {
  return [...new Set(await verifyJws(backend, jws, key))].join();
}

afterAll(printCounts);

it('the folder holds what is run here, and nothing else', () => {
  expect(readdirSync(new URL(root, import.meta.url)).toSorted()).toEqual([
    '6.nesting_signatures_and_encryption.json',
    'LICENSE',
    'curve25519',
    'jwe',
    'jwk',
    'jws',
    'rfc7797',
  ]);
  expect([filesIn('curve25519/').length, filesIn('rfc7797/').length, filesIn('jwk/').length]).toEqual([2, 2, 6]);
  count(`${root}jwk`, filesIn('jwk/').length);
});

describe.each(backends.map((backend) => [backend.name, backend] as const))('the back end %s', (name, backend) => {
  it.each(jwsFiles)('verifies what is signed in %s', async (file) => {
    const read = readJws(file);
    const keys = keysOf(read);
    const { json } = read.output;
    const payload = json?.payload ?? Buffer.from(read.input.payload).toString('base64url');
    expect(fromUtf8(decodeBase64url(payload)!)).toBe(read.input.payload);
    for (const [index, part] of json!.signatures.entries()) {
      const refused = withoutProtectedAlgorithm.has(`${file} ${index}`);
      expect(part.protected === undefined).toBe(refused);
      const jws = `${part.protected ?? ''}.${payload}.${part.signature}`;
      expect(await verdictOn(backend, jws, keys[index]!)).toBe(refused ? 'malformed-token' : 'verified');
    }
    // A payload that is sent elsewhere (RFC 7515 Appendix F) is none here, and a JSON serialisation is no token.
    const whole = json?.payload === undefined ? 'signature-mismatch' : 'verified';
    const outputs = Object.entries(read.output) as [keyof Output, unknown][];
    const verdicts = outputs.map(async ([form, jws]) => [form, await verdictOn(backend, jws, keys[0]!)]);
    expect(await Promise.all(verdicts)).toEqual(
      outputs.map(([form]) => [form, form === 'compact' ? whole : 'malformed-token']),
    );
    if (name === 'web') count(root + file, json!.signatures.length);
  });

  it.each(filesIn('rfc7797/'))('refuses payloads that are not encoded: %s (RFC 7797 §6)', async (file) => {
    const read = readJws(`rfc7797/${file}`);
    const [key] = keysOf(read);
    const { compact, json, json_flat: flat } = read.output;
    const [part] = json!.signatures;
    // As the file has it, the payload in clear; and encoded, so that the header alone is what is refused.
    const encoded = Buffer.from(read.input.payload).toString('base64url');
    const header = fromUtf8(decodeBase64url(part!.protected!)!)!;
    for (const jws of [compact ?? '', json, flat]) expect(await verdictOn(backend, jws, key!)).toBe('malformed-token');
    expect(await verdictOn(backend, `${part!.protected}.${encoded}.${part!.signature}`, key!)).toBe(
      header.includes('crit') ? 'crit-not-understood' : 'malformed-token',
    );
    if (name === 'web') count(`${root}rfc7797/${file}`, 1);
  });

  it.each(jweFiles)('takes nothing that is encrypted: %s', async (file) => {
    const read = readVectors(root + file) as { output: Output };
    checkMembers(
      file,
      [read],
      ['title', 'reproducible', 'input', 'generated', 'encrypting_key', 'encrypting_content', 'output'],
    );
    checkMembers(file, [read.output], ['compact', 'json', 'json_flat']);
    for (const serialised of Object.values(read.output))
      expect(await verdictOn(backend, serialised, anyKey)).toBe('malformed-token');
    if (name === 'web') count(root + file, Object.values(read.output).length);
  });

  it('verifies the inner token of a nested one (RFC 7520 §6), and takes neither for an access token', async () => {
    const file = '6.nesting_signatures_and_encryption.json';
    const { sign, encrypt } = readVectors(root + file) as { sign: JwsFile; encrypt: { output: Output } };
    const key = publicPartOf(sign.input.key as Jwk);
    expect(await verdictOn(backend, sign.output.compact, key)).toBe('verified');
    for (const jwe of Object.values(encrypt.output)) expect(await verdictOn(backend, jwe, key)).toBe('malformed-token');
    if (name === 'web') count(root + file, 1 + Object.values(encrypt.output).length);
  });

  it.each([
    ['3_1.ec_public_key.json', undefined],
    ['3_2.ec_private_key.json', 'private-key-published'],
    ['3_3.rsa_public_key.json', undefined],
    ['3_4.rsa_private_key.json', 'private-key-published'],
    ['3_5.symmetric_key_mac_computation.json', 'symmetric-key-published'],
    ['3_6.symmetric_key_encryption.json', 'symmetric-key-published'],
  ])('imports public keys alone: %s', async (file, fault) => {
    const jwk = readVectors(`${root}jwk/${file}`) as Jwk;
    expect(filesIn('jwk/')).toContain(file);
    expect(findJwkFault(jwk)).toBe(fault);
    if (fault !== undefined) return;
    const key = await backend.crypto.importPublicKey(jwk);
    expect(key.keyid).toBe(jwk['kid']);
  });
});
