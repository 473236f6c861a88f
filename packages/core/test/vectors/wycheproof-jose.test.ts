import { afterAll, describe, expect, it } from 'vitest';

import { decodeBase64url } from '../../src/base/base64.js';
import { signingInput } from '../../src/schemes/jwt/token.js';
import { backends, type Backend } from './backends.js';
import { anyKey, jwksOf, parseJws, verifyJws, type PrintedKey } from './jws.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';
import { casesOf, readWycheproof, type WycheproofCase, type WycheproofGroup } from './wycheproof-file.js';

interface Overrides {
  readonly overrides: readonly { readonly file: string; readonly tcId: number; readonly expected: string }[];
  readonly mustHoldDespiteLibrary: {
    readonly cases: readonly { readonly file: string; readonly tcId: number; readonly why: string }[];
  };
}

const files = ['json_web_signature', 'json_web_key', 'json_web_crypto', 'json_web_encryption'];
const { overrides, mustHoldDespiteLibrary } = readVectors('wycheproof/wycheproof-overrides.json') as Overrides;
const nameOf = (file: string, tcId: number): string => `${file.replace('_test.json', '')} ${tcId}`;
const corrected = new Map(overrides.map(({ file, tcId, expected }) => [nameOf(file, tcId), expected]));

// Decision, where the corrections leave room: no ROCA fingerprint is looked for, so that such a key is taken; one symmetric key
// is a shared secret, several are no set of keys.
const decided = new Map([
  ['json_web_key 7', true],
  ['json_web_crypto 46', true],
  ['json_web_key 2', false],
  ['json_web_key 13', true],
  ['json_web_key 14', true],
  ['json_web_key 15', true],
  ['json_web_crypto 48', false],
]);

function isGood(name: string, { result }: WycheproofCase): boolean {
  const correction = corrected.get(name) ?? result;
  if (correction === 'either' || correction === 'accept-if-symmetric-key-sets-supported') return decided.get(name)!;
  if (!['accept', 'reject', 'valid', 'invalid'].includes(correction)) throw new Error(`unknown result ${correction}`);
  return correction === 'accept' || correction === 'valid';
}

/** Of the private keys only shared secrets are printed alone. */
const keyOf = (group: WycheproofGroup): PrintedKey => group.public ?? group.private!;

// A secret of 32 zeros, which `jwt()` refuses at once: its cases are about base64url, so they are run past that check.
const isZeroSecret = ({ comment }: WycheproofGroup): boolean => comment === 'base64';

async function verifyByZeroSecret({ crypto }: Backend, jws: unknown, key: PrintedKey): Promise<boolean> {
  const token = typeof jws === 'string' ? parseJws(jws) : undefined;
  if (token === undefined) return false;
  const [jwk] = jwksOf(key);
  const secret = crypto.importSecret(decodeBase64url(jwk!['k'] as string)!);
  return token.header.alg === jwk!['alg'] && secret.verify(token.header.alg, token.signature, signingInput(token));
}

async function judge(
  backend: Backend,
  group: WycheproofGroup,
  each: WycheproofCase,
): Promise<readonly (boolean | string)[]> {
  // Nothing here decrypts: a JWE is refused whatever the key.
  const verdicts = await verifyJws(backend, each.jws ?? each.jwe, each.jwe === undefined ? keyOf(group) : anyKey);
  const taken = verdicts.map((verdict) => verdict === 'verified');
  if (!isZeroSecret(group)) return taken;
  expect(taken).not.toContain(true);
  return [await verifyByZeroSecret(backend, each.jws, keyOf(group))];
}

/** A token is malformed whatever the key: one that the options take stands for the zero secret. */
async function reasonFor(backend: Backend, file: string, tcId: number): Promise<string> {
  const group = readWycheproof(file.replace('_test.json', '')).find(({ tests }) =>
    tests.some((each) => each.tcId === tcId),
  )!;
  const { jws } = group.tests.find((each) => each.tcId === tcId)!;
  const verdicts = await verifyJws(backend, jws, isZeroSecret(group) ? anyKey : keyOf(group));
  return `${tcId}: ${[...new Set(verdicts)].join()}`;
}

afterAll(printCounts);

describe('the corrections to Wycheproof', () => {
  it('name cases that are there, and leave nothing open that is not decided here', () => {
    checkMembers('corrections', overrides, ['file', 'tcId', 'upstream', 'expected', 'why']);
    const names = new Set(files.flatMap((file) => casesOf(readWycheproof(file)).map(({ tcId }) => nameOf(file, tcId))));
    for (const [name, expected] of corrected) {
      expect(names.has(name)).toBe(true);
      expect(decided.has(name)).toBe(!['accept', 'reject'].includes(expected));
    }
  });
});

describe.each(backends.map((backend) => [backend.name, backend] as const))('the back end %s', (name, backend) => {
  it.each(files)('judges every case of Wycheproof %s', async (file) => {
    const wrong: string[] = [];
    let cases = 0;
    for (const group of readWycheproof(file)) {
      for (const each of group.tests) {
        const good = each.jwe === undefined && isGood(nameOf(file, each.tcId), each);
        const verdicts = await judge(backend, group, each);
        if (verdicts.length === 0 || verdicts.some((verdict) => verdict !== good))
          wrong.push(`${each.tcId} (${group.comment}, ${each.comment}): ${verdicts.join()}, not ${good}`);
        cases++;
      }
    }
    expect(wrong).toEqual([]);
    if (name === 'web') count(`wycheproof/${file}`, cases);
  });

  it('refuses the six cases that jose takes, each for what is wrong with it', async () => {
    const { cases } = mustHoldDespiteLibrary;
    expect(await Promise.all(cases.map(({ file, tcId }) => reasonFor(backend, file, tcId)))).toEqual([
      '360: malformed-token',
      '365: malformed-token',
      '368: malformed-token',
      '375: malformed-token',
      '9: weak-key',
      '17: malformed-token',
    ]);
  });
});
