import { afterAll, describe, expect, it } from 'vitest';

import { failureRows, type AuthRequest } from '../../src/index.js';
import { decodeBase64 } from '../../src/base/base64.js';
import { fromUtf8 } from '../../src/base/bytes.js';
import { formatClientSecretBasic } from '../../src/client-authentication/basic.js';
import { extractBearer } from '../../src/schemes/access-token/bearer.js';
import { formatChallenge, parseChallenges, type ParsedChallenge } from '../../src/http/challenge.js';
import { requestOf } from '../fixtures/request.js';
import { checkMembers, count, printCounts, readVectors } from './vector-file.js';

afterAll(printCounts);

interface ClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly encodedId: string;
  readonly encodedSecret: string;
  readonly authorization: string;
}

describe('client credentials in Basic (RFC 6749 §2.3.1)', () => {
  const { formEncoding, clientSecretBasic } = readVectors('http-auth/rfc6749-client-credentials.json') as {
    formEncoding: readonly { readonly value: string; readonly encoded: string; readonly octetsHex: string }[];
    clientSecretBasic: { readonly cases: readonly ClientSecret[] };
  };
  const { cases } = clientSecretBasic;
  const userPassOf = (field: string): string => fromUtf8(decodeBase64(field.slice('Basic '.length))!)!;

  it.each(cases)(
    'are form-encoded first: $clientId',
    ({ clientId, clientSecret, encodedId, encodedSecret, authorization }) => {
      const field = formatClientSecretBasic(clientId, clientSecret);
      expect(field).toBe(authorization);
      expect(userPassOf(field)).toBe(`${encodedId}:${encodedSecret}`);
    },
  );

  it('encode the example of Appendix B', () => {
    checkMembers('cases', cases, ['clientId', 'clientSecret', 'encodedId', 'encodedSecret', 'authorization']);
    checkMembers('formEncoding', formEncoding, ['section', 'codePoints', 'value', 'octetsHex', 'encoded']);
    for (const { value, encoded, octetsHex } of formEncoding) {
      expect(Buffer.from(value).toString('hex')).toBe(octetsHex);
      expect(userPassOf(formatClientSecretBasic(value, value))).toBe(`${encoded}:${encoded}`);
    }
    count('http-auth/rfc6749-client-credentials', cases.length + formEncoding.length, 'formatClientSecretBasic');
  });
});

interface PrintedChallenge {
  readonly wwwAuthenticate: string;
  readonly parsed: readonly { readonly scheme: string; readonly params: Readonly<Record<string, string>> }[];
}

interface BearerRequest {
  readonly authorization?: string;
  readonly query?: string;
  readonly body?: string;
  readonly token?: string;
  readonly expected: string;
}

describe('bearer tokens and challenges', () => {
  const { challenges, requests, statusForError } = readVectors('http-auth/bearer-challenges.json') as {
    challenges: readonly PrintedChallenge[];
    requests: readonly BearerRequest[];
    statusForError: Readonly<Record<string, string | number>>;
  };

  const read = (field: string): readonly ParsedChallenge[] => parseChallenges(field) ?? [];
  const plain = (parsed: readonly ParsedChallenge[]): object[] =>
    parsed.map(({ authScheme, parameters }) => ({ authScheme, parameters: Object.fromEntries(parameters) }));

  it.each(challenges)('parses $wwwAuthenticate, and again what it formats of that', ({ wwwAuthenticate, parsed }) => {
    const expected = parsed.map(({ scheme, params }) => ({ authScheme: scheme.toLowerCase(), parameters: params }));
    expect(plain(read(wwwAuthenticate))).toEqual(expected);
    const formatted = parsed.map(({ scheme, params }) => formatChallenge(scheme, Object.entries(params))).join(', ');
    expect(plain(read(formatted))).toEqual(expected);
    // The one that differs has a bare `type=1`.
    expect(formatted === wwwAuthenticate).toBe(!wwwAuthenticate.includes('type=1'));
  });

  const sent = ({ authorization, query }: BearerRequest): AuthRequest =>
    requestOf({
      headers: authorization === undefined ? {} : { authorization },
      target: query === undefined ? '/' : `/?${query}`,
    });
  const tokenOf = ({ token, authorization }: BearerRequest): string => token ?? authorization!.trim().split(/ +/)[1]!;
  // A token in the body or in the query is none (RFC 9700 §4.3.2); the second is told so.
  const answers: Readonly<Record<string, string>> = {
    'ok-if-body-enabled': 'absent',
    'ok-if-query-enabled': 'foreign credential-in-query',
    'reject-400': 'failure 400',
    'reject-401': 'foreign unsupported-scheme',
  };

  function answerTo(request: BearerRequest): string {
    const found = extractBearer(
      sent(request),
      { maxCredentialBytes: 8192 },
      { accessTokenParameter: 'refuse', dpop: 'off' },
    );
    if (found.kind === 'bearer') return `bearer ${found.token}`;
    if (found.kind === 'failure') return `failure ${failureRows[found.code].status}`;
    return found.kind === 'foreign' ? `foreign ${found.failure.reason}` : found.kind;
  }

  it.each(requests)('answers $authorization$query$body: $expected (RFC 6750 §2)', (request) => {
    const { expected } = request;
    expect(answerTo(request)).toBe(expected === 'ok' ? `bearer ${tokenOf(request)}` : answers[expected]);
  });

  it('gives each error its status (RFC 6750 §3.1)', () => {
    checkMembers('challenges', challenges, ['section', 'status', 'why', 'note', 'wwwAuthenticate', 'parsed']);
    const members = ['section', 'authorization', 'contentType', 'body', 'query', 'token', 'expected', 'why', 'note'];
    checkMembers('requests', requests, members);
    const { section: _, ...statuses } = statusForError;
    const named = Object.values(failureRows).filter(({ oauthError }) => oauthError !== null && oauthError in statuses);
    expect(named.length).toBeGreaterThanOrEqual(Object.keys(statuses).length);
    for (const { oauthError, status } of named)
      expect([oauthError, status]).toEqual([oauthError, statuses[oauthError!]]);
    count('http-auth/bearer-challenges', challenges.length + requests.length + Object.keys(statuses).length, 'http');
  });
});
