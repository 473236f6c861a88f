import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { basic, type Extracted, type BasicCredentials } from '../../../src/index.js';
import { parseUserPass } from '../../../src/schemes/basic/credentials.js';
import { atOnce } from '../../fixtures/at-once.js';
import { allowed, challengesOf, problemOf } from '../../fixtures/guard.js';
import { requestOf } from '../../fixtures/request.js';
import cases from '../../vectors/rfc7617-basic.json' with { type: 'json' };
import { basicBench, fakeHasher, fieldOf, hashedUser, needsUser, sendsField, type FakeHasher } from './bench.js';

const challenge = 'Basic realm="api", charset="UTF-8"';

let hasher: FakeHasher;
beforeEach(() => {
  hasher = fakeHasher();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const bench = () => basicBench({ users: [hashedUser('alice', 'secret', { roles: ['reader'] })] });

describe('what stands in Authorization', () => {
  it.each([
    ['basic-bad-base64', 'Basic !!!!', 'malformed-basic'],
    ['basic-bad-base64, wrong padding', 'Basic YWxpY2U6c2VjcmV0=', 'malformed-basic'],
    ['basic-base64url', 'Basic YTrCv8O7w78_', 'malformed-basic'],
    ['basic-base64url, no padding', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ', 'malformed-basic'],
    ['basic-trailing-bits', 'Basic YWxpY2U6eB==', 'malformed-basic'],
    ['a space inside', 'Basic YWxpY2U6 c2VjcmV0', 'malformed-basic'],
    ['parameters', 'Basic realm="api"', 'malformed-basic'],
    ['basic-no-colon', fieldOf('alice'), 'malformed-basic'],
    ['basic-empty-user', fieldOf(':secret'), 'malformed-basic'],
    ['basic-control-characters, NUL', fieldOf('alice:sec\0ret'), 'malformed-basic'],
    ['basic-control-characters, LF', fieldOf('ali\nce:secret'), 'malformed-basic'],
    ['basic-control-characters, DEL', fieldOf('alice:secret\x7f'), 'malformed-basic'],
    ['a control character beyond ASCII', fieldOf('alice:sec\x85ret'), 'malformed-basic'],
    ['basic-latin1', 'Basic dGVzdDoxMjOj', 'invalid-utf8'],
    ['overlong UTF-8', fieldOf(Uint8Array.from([0x61, 0x3a, 0xc1, 0xa1])), 'invalid-utf8'],
    ['a surrogate in UTF-8', fieldOf(Uint8Array.from([0x61, 0x3a, 0xed, 0xa0, 0x80])), 'invalid-utf8'],
    ['basic-password-huge', fieldOf(`alice:${'x'.repeat(7168)}`), 'password-too-long'],
    ['a password of 1025 bytes', fieldOf(`alice:${'x'.repeat(1025)}`), 'password-too-long'],
    ['a password of 1025 bytes in 513 characters', fieldOf(`alice:x${'é'.repeat(512)}`), 'password-too-long'],
  ])('refuses %s with 401, and hashes nothing', async (_, field, reason) => {
    const { decide, events } = bench();
    const decision = await decide(needsUser, sendsField(field));
    expect(decision).toMatchObject({ status: 401, code: 'invalid-credentials' });
    expect(challengesOf(decision)).toEqual([challenge]);
    expect(events).toMatchObject([{ reason, outcome: 'refuse', scheme: 'users', subject: null, fingerprint: null }]);
    expect(hasher.scrypt).not.toHaveBeenCalled();
  });

  it.each([
    ['basic-empty-token68', 'Basic', 400, 'malformed-request', 'malformed-authorization'],
    ['basic-empty-token68, with spaces', 'Basic   ', 400, 'malformed-request', 'malformed-authorization'],
    ['two fields', ['Basic YTpi', 'Basic YTpi'], 400, 'duplicate-credentials', 'duplicate-authorization'],
    ['two credentials in one', 'Basic YTpi, Bearer x', 400, 'duplicate-credentials', 'duplicate-authorization'],
    ['another auth-scheme', 'Bearer YTpi', 401, 'missing-credentials', 'unsupported-scheme'],
    ['more than maxCredentialBytes', fieldOf('a'.repeat(8196)), 431, 'credentials-too-large', 'credential-too-large'],
  ])('refuses %s', async (_, field, status, code, reason) => {
    const { decide, events } = bench();
    const decision = await decide(needsUser, sendsField(field));
    expect(decision).toMatchObject({ status, code });
    expect(challengesOf(decision)).toEqual(status === 431 ? [] : [challenge]);
    expect(events).toMatchObject([{ reason }]);
    expect(hasher.scrypt).not.toHaveBeenCalled();
  });

  it('asks for credentials where none came (basic-no-credential, RFC 7617 §2)', async () => {
    const { decide, events } = bench();
    const decision = await decide(needsUser, requestOf());
    expect(decision).toMatchObject({ status: 401, code: 'missing-credentials' });
    expect(challengesOf(decision)).toEqual([challenge]);
    expect(events).toMatchObject([{ reason: 'no-credentials' }]);
  });

  it('is not read before the transport is judged (basic-plain-http, RFC 7617 §4)', async () => {
    const { decide, events } = bench();
    const request = requestOf({
      headers: { authorization: fieldOf('alice:secret') },
      connection: { encrypted: false },
    });
    expect(await decide(needsUser, request)).toMatchObject({ status: 403, code: 'tls-required' });
    expect(events).toMatchObject([{ reason: 'insecure-transport' }]);
    expect(hasher.scrypt).not.toHaveBeenCalled();
  });

  it('may be a password of 1024 bytes', async () => {
    const long = 'x'.repeat(1024);
    const { decide } = basicBench({ users: [hashedUser('alice', long)] });
    expect(allowed(await decide(needsUser, sendsField(fieldOf(`alice:${long}`)))).principal?.subject).toBe('alice');
  });

  it('has the realm of the scheme in its challenge, escaped, and never an error', async () => {
    const { decide } = basicBench({ users: [], realm: 'a "b"' });
    const decision = await decide(needsUser, sendsField(fieldOf('alice')));
    expect(challengesOf(decision)).toEqual(['Basic realm="a \\"b\\"", charset="UTF-8"']);
    expect(problemOf(decision)).not.toHaveProperty('detail');
  });

  it('shows no password where credentials are written out', () => {
    const scheme = basic({ users: [] });
    const found = scheme.extract(sendsField(fieldOf('alice:hunter2')), { maxCredentialBytes: 8192 });
    expect(JSON.stringify(found)).toContain('alice');
    expect(JSON.stringify(found)).not.toContain('hunter2');
    expect(found).toMatchObject({ identifier: 'alice' });
  });
});

describe('vectors of RFC 7617', () => {
  const scheme = basic({ users: [] });
  const extract = (field: string): Extracted<BasicCredentials> =>
    atOnce(scheme.extract(sendsField(field), { maxCredentialBytes: 8192 }));
  // Decision, where the file leaves room: padding is required, names are taken as sent, and nobody has an empty one.
  const either: Readonly<Record<string, string>> = { 'missing-padding': 'reject', 'decomposed-unicode': 'ok' };
  const refusedHere = new Set(['empty-user']);

  it('are all here', () => {
    expect(cases.cases).toHaveLength(24);
    expect(cases.challenges).toHaveLength(2);
  });

  it.each(cases.cases.map((each) => [each.id, each] as const))('%s', (id, each) => {
    const expected = refusedHere.has(id) ? 'reject' : (either[id] ?? each.expected);
    const found = extract(each.authorization);
    const credentials = found.kind === 'credentials' ? found.credentials : undefined;
    expect(credentials === undefined ? 'reject' : 'ok').toBe(expected);
    if (expected === 'reject') return;
    expect([credentials?.username, credentials?.password.reveal()]).toEqual([
      each.userId ?? each.userIdRaw,
      // Only the name counts in the case that has no password.
      each.password ?? credentials?.password.reveal(),
    ]);
  });

  it('name the challenge (§2.1)', () => {
    expect(scheme.challenge('foo').headers).toEqual([['www-authenticate', cases.challenges.at(1)?.wwwAuthenticate]]);
  });
});

describe('parseUserPass', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
  const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');

  it('finds what was put in, up to the form of the password', () => {
    const name = text.filter((value) => value !== '' && !value.includes(':'));
    fc.assert(
      fc.property(name, text, (username, password) => {
        const prepared = password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
        expect(parseUserPass(base64(`${username}:${password}`))).toEqual({
          kind: 'user-pass',
          username,
          password: prepared,
        });
      }),
    );
  });

  it('answers anything at all', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 3000 }).map(base64));
    const reasons = new Set(['malformed-basic', 'invalid-utf8', 'password-too-long']);
    fc.assert(
      fc.property(anything, (token) => {
        const found = parseUserPass(token);
        const isFine = found.kind === 'failure' ? reasons.has(found.reason) : !/^$|:|\p{Cc}/u.test(found.username);
        expect(isFine).toBe(true);
      }),
    );
  });

  it('takes one spelling of the same bytes only', () => {
    fc.assert(
      fc.property(fc.base64String(), (token) => {
        const found = parseUserPass(token);
        expect(found.kind === 'failure' ? token : base64(Buffer.from(token, 'base64'))).toBe(token);
      }),
    );
  });
});
