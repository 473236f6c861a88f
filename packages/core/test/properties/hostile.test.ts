import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { apiKey, basic, failureRows, jwt, type AuthRequest } from '../../src/index.js';
import { decodeBase64, decodeBase64url } from '../../src/base/base64.js';
import { toUtf8 } from '../../src/base/bytes.js';
import { parseJsonObject } from '../../src/base/strict-json.js';
import { parseTime } from '../../src/base/time.js';
import { parsePasswordHash } from '../../src/crypto/password-hash.js';
import { isAddressRange, parseAddress } from '../../src/http/addresses.js';
import { hasQueryParameter, parseAuthorization } from '../../src/http/authorization.js';
import { extractBearer } from '../../src/schemes/access-token/bearer.js';
import { parseChallenges } from '../../src/http/challenge.js';
import { parseForwarded } from '../../src/http/forwarded.js';
import { isWellFormedKey } from '../../src/schemes/api-key/key-format.js';
import { parseUserPass } from '../../src/schemes/basic/credentials.js';
import { parseToken } from '../../src/schemes/jwt/token.js';
import { benchOf, refused } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';

// The time limit of a test is the bound: a parser whose work grows with the square of the length needs minutes for one of these.
const length = 256 * 1024;
const limits = { maxCredentialBytes: 2 * length };

const units = [
  ' ', '\t', ',', ';', '"', '\\', '=', 'a', '.', ':', '[', '{', '%', '/', '\0', 'é', '\ud83d',
  ', ', '\\"', 'a=', 'a="', 'a ', ', a b', 'a="b",', 'for=a;', 'for=a,', 'for="', '::', ':0', '1.', '{"a":', '"a":1,', '\\u0061', 'a=b&',
]; // prettier-ignore

/** Long texts of one piece, behind each start; some end as they began to, and some otherwise. */
function* hostileTexts(starts: readonly string[]): Generator<string> {
  for (const unit of units) {
    const body = unit.repeat(Math.ceil(length / unit.length));
    for (const start of starts) yield start + body;
    yield `${starts[0]}${body}!`;
  }
}

/** Lets the time limit of the test end it between two texts. */
async function stillTime(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

const readsField = (parse: (request: AuthRequest) => unknown) => (text: string) =>
  parse(sends({ authorization: text }));
const parsers: readonly (readonly [name: string, parse: (text: string) => unknown, starts: readonly string[]])[] = [
  ['decodeBase64url', decodeBase64url, ['']],
  ['decodeBase64', decodeBase64, ['']],
  ['parseJsonObject', (text) => parseJsonObject(toUtf8(text)), ['', '{"a":"', '{"']],
  ['parseTime', parseTime, ['', '2026-01-01T00:00:00.']],
  ['parsePasswordHash', parsePasswordHash, ['$scrypt$ln=', '$scrypt$ln=1,r=1,p=1$']],
  ['parseAddress', parseAddress, ['', '::', '1.1.1.1%']],
  ['isAddressRange', isAddressRange, ['', '::/']],
  ['parseAuthorization', readsField(parseAuthorization), ['', 'Bearer ', 'Digest a="']],
  [
    'extractBearer',
    readsField((request) => extractBearer(request, limits, { accessTokenParameter: 'refuse', dpop: 'off' })),
    ['Bearer '],
  ],
  ['hasQueryParameter', (text) => hasQueryParameter(text, 'access_token'), ['/?']],
  ['parseChallenges', parseChallenges, ['Bearer ']],
  // Over its limit it reads nothing.
  ['parseChallenges, up to its limit', (text) => parseChallenges(text.slice(0, 16_384)), ['', 'Bearer ', 'Bearer a="']],
  ['parseForwarded', parseForwarded, ['', 'for=', 'for="']],
  ['isWellFormedKey', (text) => isWellFormedKey(text, 'acme'), ['acme_']],
  ['parseUserPass', parseUserPass, ['']],
  ['parseUserPass, of what is encoded', (text) => parseUserPass(Buffer.from(text).toString('base64')), ['', 'a:']],
  ['parseToken', parseToken, ['', 'e30.']],
  [
    'parseToken, of what is encoded',
    (text) => parseToken(`${Buffer.from(text).toString('base64url')}.e30.AA`),
    ['{"alg":"'],
  ],
];

describe('work grows with the length alone, whatever is sent', () => {
  it.for(parsers)('by %s', async ([, parse, starts], { signal }) => {
    let texts = 0;
    for (const text of hostileTexts(starts)) {
      parse(text);
      texts++;
      await stillTime(signal);
    }
    expect(texts).toBe(units.length * (starts.length + 1));
  });

  const secretBase64 = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64');
  const bench = benchOf(
    {
      access: jwt({ issuer: 'i', audience: 'a', secretBase64 }),
      users: basic({ users: [] }),
      keys: apiKey({ prefix: 'acme', keys: [] }),
    },
    {
      trustProxy: ['203.0.113.9'],
      forwardedFields: ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'],
    },
  );
  const requirement = { anyOf: [{ scheme: 'access' }, { scheme: 'users' }, { scheme: 'keys' }] };
  const fields = [
    'authorization',
    'x-api-key',
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-proto',
    'host',
    'user-agent',
  ];

  it.for(fields)('by the whole guard, in the field %s', async (name, { signal }) => {
    for (const unit of units) {
      const text = unit.repeat(Math.ceil(length / unit.length));
      const decision = refused(await bench.decide(requirement, requestOf({ headers: { [name]: text } })));
      expect(failureRows[decision.code].status).toBeLessThan(500);
      await stillTime(signal);
    }
    expect(bench.errors).toEqual([]);
  });

  it('by the whole guard, in the target', async ({ signal }) => {
    for (const unit of units) {
      const target = `/?${unit.repeat(Math.ceil(length / unit.length))}`;
      expect((await bench.decide(requirement, requestOf({ target }))).kind).toBe('refuse');
      await stillTime(signal);
    }
    expect(bench.errors).toEqual([]);
  });
});
