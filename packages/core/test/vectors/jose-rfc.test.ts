import { afterAll, describe, expect, it } from 'vitest';

import type { Jwk } from '../../src/index.js';
import { decodeBase64url, encodeBase64url } from '../../src/base/base64.js';
import { fromUtf8, toUtf8 } from '../../src/base/bytes.js';
import { parseJsonObject } from '../../src/base/strict-json.js';
import { findJwkFault } from '../../src/crypto/jwk.js';
import { jwkThumbprint } from '../../src/crypto/thumbprint.js';
import { backends } from './backends.js';
import { anyKey, publicPartOf, verifyJws } from './jws.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

interface Signature {
  readonly protected: string;
  readonly signature: string;
  readonly header?: { readonly kid: string };
}

interface RfcCase {
  readonly id: string;
  readonly expected: string;
  readonly compact?: string;
  readonly jwk?: Jwk | null;
  readonly header?: object;
  readonly headerText?: string;
  readonly payload?: string;
  readonly payloadBase64url?: string;
  readonly detachedPayload?: string;
  readonly generalJson?: { readonly payload: string; readonly signatures: readonly Signature[] };
  readonly flattenedJson?: Signature & { readonly payload: string };
  readonly keysByKid?: Readonly<Record<string, Jwk>>;
}

const members = [
  'id', 'section', 'note', 'expected', 'compact', 'jwk', 'header', 'headerText', 'payload', 'payloadBase64url', 'detachedPayload',
  'generalJson', 'flattenedJson', 'keysByKid', 'deterministic', 'x5c',
]; // prettier-ignore
const files = ['rfc7515-7519', 'rfc7797', 'rfc8037'];

// Not run: B is a chain of certificates (`x5c`), which nothing here reads.
const skipped: ReadonlySet<string> = new Set(['B']);
// What is refused, and for what. Of these the RFC calls 4.2 valid, where b64 is understood: here `crit` refuses it (RFC 7797 §6,
// RFC 7515 §4.1.11).
const refusals: ReadonlyMap<string, string> = new Map([
  ['A.5', 'alg-not-allowed'],
  ['E', 'crit-not-understood'],
  ['7519-6.1', 'alg-not-allowed'],
  ['4.2', 'crit-not-understood'],
]);

const readCases = (file: string): readonly RfcCase[] => {
  const { cases } = readVectors(`jose-rfc/${file}.json`) as { cases: readonly RfcCase[] };
  checkMembers(file, cases, members);
  return cases.filter(({ id }) => !skipped.has(id));
};

/** Every JWS of a case in compact form, with its key: a JSON serialisation (RFC 7515 §7.2) is one of them for each signature. */
function jwsOf(each: RfcCase): readonly (readonly [string, Jwk])[] {
  const { compact, jwk, generalJson, flattenedJson, keysByKid } = each;
  const joined = (payload: string, part: Signature): readonly [string, Jwk] => [
    `${part.protected}.${payload}.${part.signature}`,
    jwk ?? keysByKid![part.header!.kid]!,
  ];
  if (compact !== undefined) return [[compact, jwk ?? anyKey]];
  if (generalJson !== undefined) return generalJson.signatures.map((part) => joined(generalJson.payload, part));
  return [joined(flattenedJson!.payload, flattenedJson!)];
}

/** Shared secrets of the RFCs say no algorithm. */
const withAlgorithm = (jwk: Jwk): Jwk => (jwk['kty'] === 'oct' ? { alg: 'HS256', ...jwk } : jwk);

const printedOf = ({ id, header, payload, payloadBase64url }: RfcCase): object => ({
  id,
  header,
  payload,
  payloadBase64url,
});

/** The same, as it is read from the token. */
function readBack({ id, compact = '', header, payload, payloadBase64url }: RfcCase): object {
  const [first = '', second = ''] = compact.split('.');
  return {
    id,
    header: header && { ...parseJsonObject(decodeBase64url(first)!) },
    payload: payload === undefined ? payload : fromUtf8(decodeBase64url(second)!),
    payloadBase64url: payloadBase64url && encodeBase64url(toUtf8(payload!)),
  };
}

afterAll(printCounts);

describe.each(files)('%s', (file) => {
  const cases = readCases(file);

  it('has headers and payloads that are read as they are printed', () => {
    expect(cases.map(readBack)).toEqual(cases.map(printedOf));
  });

  it('calls nothing valid that is refused, but for b64', () => {
    const refused = cases.filter(({ id }) => refusals.has(id));
    expect(cases.filter(({ expected }) => expected !== 'valid')).toEqual(refused);
    expect(new Set(refused.map(({ expected }) => expected))).toEqual(
      new Set(refused.map(({ id }) => (id === '4.2' ? 'valid-with-detached-payload' : 'reject'))),
    );
  });

  it.each(backends.map((backend) => [backend.name, backend] as const))(
    'is judged as printed by the back end %s',
    async (name, backend) => {
      for (const each of cases) {
        for (const [jws, jwk] of jwsOf(each)) {
          const verdicts = await verifyJws(backend, jws, withAlgorithm(publicPartOf(jwk)));
          expect([each.id, ...new Set(verdicts)]).toEqual([each.id, refusals.get(each.id) ?? 'verified']);
        }
      }
      if (name === 'web') count(`jose-rfc/${file}`, cases.length);
    },
  );
});

it.each(backends.map((backend) => [backend.name, backend] as const))(
  'a JSON serialisation as it stands is no token, by the back end %s (RFC 7515 §7.2)',
  async (_, backend) => {
    const serialised = files
      .flatMap(readCases)
      .flatMap(({ generalJson, flattenedJson }) => generalJson ?? flattenedJson ?? []);
    const verdicts = await Promise.all(serialised.map((jws) => verifyJws(backend, jws, anyKey)));
    expect([verdicts.length, ...new Set(verdicts.flat())]).toEqual([3, 'malformed-token']);
  },
);

describe('rfc7638-thumbprints', () => {
  const { cases } = readVectors('jose-rfc/rfc7638-thumbprints.json') as { cases: readonly Thumbprint[] };

  it('are the SHA-256 of the required members in their order, in base64url (RFC 7638 §3)', () => {
    const known = ['id', 'section', 'note', 'jwk', 'canonical', 'hash', 'thumbprint', 'thumbprintUri'];
    checkMembers('thumbprints', cases, known);
    for (const { canonical, hash, thumbprint, jwk } of cases) {
      expect(hash).toBe('sha-256');
      expect(parseJsonObject(toUtf8(canonical))).toEqual(expect.objectContaining(JSON.parse(canonical)));
      for (const { crypto } of backends) expect(encodeBase64url(crypto.sha256(toUtf8(canonical)))).toBe(thumbprint);
      expect(jwk['kty'] === 'oct' ? thumbprint : jwkThumbprint(jwk)).toBe(thumbprint);
      expect(findJwkFault(jwk)).toBe('d' in jwk ? 'private-key-published' : undefined);
    }
    count('jose-rfc/rfc7638-thumbprints', cases.length, '2 back ends, members, hash and encoding');
  });
});

interface Thumbprint {
  readonly jwk: Jwk;
  readonly canonical: string;
  readonly hash: string;
  readonly thumbprint: string;
}
