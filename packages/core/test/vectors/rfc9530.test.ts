import { afterAll, describe, expect, it } from 'vitest';

import { formatContentDigest, verifyContentDigest } from '../../src/http/content-digest.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

afterAll(printCounts);

const { cases, otherSamples, verification } = readVectors('http-auth/rfc9530-digest.json') as {
  cases: readonly { readonly id: string; readonly bodyHex: string; readonly field: string; readonly digests: Readonly<Record<'sha-256' | 'sha-512', string>> }[];
  otherSamples: { readonly body: string; readonly values: Readonly<Record<string, string>> };
  verification: { readonly cases: readonly { readonly field: string; readonly expected: 'ok' | 'reject' }[] };
}; // prettier-ignore
const sample = Buffer.from('{"hello": "world"}');

describe('Content-Digest (RFC 9530)', () => {
  it.each(cases)('is made and verified as printed: $id', ({ bodyHex, field, digests }) => {
    const content = Buffer.from(bodyHex, 'hex');
    expect(verifyContentDigest([field], content)).toBeUndefined();
    expect(verifyContentDigest([field], Buffer.concat([content, Buffer.of(0)]))).toMatchObject({
      reason: 'digest-mismatch',
    });
    for (const [algorithm, value] of Object.entries(digests))
      expect(formatContentDigest(content, algorithm as 'sha-256')).toBe(`${algorithm}=:${value}:`);
  });

  it.each(Object.entries(otherSamples.values))('is not taken by %s alone (§5)', (algorithm, value) => {
    expect(verifyContentDigest([`${algorithm}=:${value}:`], Buffer.from(otherSamples.body))).toMatchObject({
      reason: 'digest-unsupported',
    });
  });

  it.each(verification.cases)('$field is $expected', ({ field, expected }) => {
    const verdict = verifyContentDigest([field], sample);
    expect(verdict === undefined ? 'ok' : 'reject').toBe(expected);
  });

  it('is missing where there is no such field', () => {
    expect(verifyContentDigest([], sample)).toMatchObject({ reason: 'digest-missing' });
  });

  it('is read of several lines as one', () => {
    const lines = [formatContentDigest(sample, 'sha-256'), formatContentDigest(sample, 'sha-512')];
    expect(verifyContentDigest(lines, sample)).toBeUndefined();
  });

  it('is all there', () => {
    checkMembers('cases', cases, ['id', 'section', 'bodyHex', 'bodyText', 'digests', 'field', 'note', 'binary', 'contentEncoding']); // prettier-ignore
    expect(cases).toHaveLength(11);
    count('http-auth/rfc9530-digest', cases.length + verification.cases.length + 6, 'writer and verifier');
  });
});
