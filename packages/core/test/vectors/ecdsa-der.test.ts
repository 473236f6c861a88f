import { afterAll, describe, expect, it } from 'vitest';
import { createPublicKey } from 'node:crypto';

import { ecdsaToDer } from '../../src/crypto/ecdsa-der.js';
import { backends } from './backends.js';
import { count, printCounts } from './vector-file.js';
import { casesOf, readWycheproof } from './wycheproof-file.js';

/** Reads two numbers from strict DER, each as so many bytes; undefined for all else, and where one needs more. */
function readDer(hex: string, half: number): string | undefined {
  const match = /^30(?:81)?(?:..)02(..)((?:..)*)$/.exec(hex);
  if (match === null) return undefined;
  const numbers: string[] = [];
  let rest = match[1]! + match[2]!;
  while (rest !== '') {
    const length = Number.parseInt(rest.slice(0, 2), 16) * 2;
    numbers.push(
      rest
        .slice(2, 2 + length)
        .replace(/^00(?=.)/, '')
        .padStart(half * 2, '0'),
    );
    const tag = rest.slice(2 + length, 4 + length);
    if (tag !== '' && tag !== '02') return undefined;
    rest = rest.slice(4 + length);
  }
  const isWhole = numbers.length === 2 && numbers.every((number) => number.length === half * 2);
  return isWhole ? numbers.join('') : undefined;
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const derOf = (plain: string): string => Buffer.from(ecdsaToDer(bytes(plain))).toString('hex');

afterAll(printCounts);

describe.each([
  ['secp256r1_sha256', 'ES256', 32],
  ['secp384r1_sha384', 'ES384', 48],
  ['secp521r1_sha512', 'ES512', 66],
] as const)('ECDSA of Wycheproof on %s', (name, algorithm, half) => {
  const groups = readWycheproof(`ecdsa_${name}`);

  it('is rewritten from r‖s to the DER that the other file prints of the same numbers (RFC 3279 §2.2.3)', () => {
    const printed = new Map<string, string>();
    for (const { publicKeyDer, tests } of groups) {
      for (const { msg, sig, result } of tests) {
        const plain = result === 'valid' ? readDer(sig!, half) : undefined;
        if (plain !== undefined) printed.set(`${publicKeyDer} ${msg} ${plain}`, sig!);
      }
    }
    const pairs = readWycheproof(`ecdsa_${name}_p1363`).flatMap(({ publicKeyDer, tests }) =>
      tests.flatMap(({ msg, sig }) => {
        const der = printed.get(`${publicKeyDer} ${msg} ${sig}`);
        return der === undefined ? [] : [[sig!, der] as const];
      }),
    );
    expect(pairs.length).toBeGreaterThan(100);
    expect(pairs.filter(([plain, der]) => derOf(plain) !== der)).toEqual([]);
    count(`wycheproof/ecdsa_${name} and its p1363 file`, pairs.length, 'pairs of r‖s and DER');
  });

  it.each(backends.map((backend) => [backend.name, backend] as const))(
    'in DER verifies as r‖s by the back end %s where it is good, and is never taken as it is',
    async (backendName, { crypto }) => {
      const wrong: number[] = [];
      for (const group of groups) {
        const der = { key: Buffer.from(group.publicKeyDer!, 'hex'), format: 'der', type: 'spki' } as const;
        const key = await crypto.importPublicKey(createPublicKey(der).export({ format: 'jwk' }));
        for (const { tcId, sig, msg, result } of group.tests) {
          const plain = result === 'valid' ? readDer(sig!, half)! : undefined;
          const good =
            plain !== undefined && derOf(plain) === sig && (await key.verify(algorithm, bytes(plain), bytes(msg!)));
          if (good !== (result === 'valid') || (await key.verify(algorithm, bytes(sig!), bytes(msg!))))
            wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
      if (backendName === 'web') count(`wycheproof/ecdsa_${name}`, casesOf(groups).length);
    },
  );
});
