import { createHmac } from 'node:crypto';

import {
  apiKey,
  basic,
  DependencyError,
  failure,
  generateApiKey,
  jwt,
  type ApiKeyEntry,
  type Code,
  type Extracted,
  type Failure,
  type Scheme,
  type Verified,
} from '../../src/index.js';
import { formatPasswordHash, hashLike } from '../../src/crypto/password-hash.js';
import { principalOf, startOfTests } from '../fixtures/guard.js';
import type { Refusal } from './verdict.js';
import { down, invalid, meaningOf, refusal, words, type Word } from './words.js';

/*
 * The schemes that cases are made of, made-up and real, and the text that each has for a word.
 */

/** One scheme, and what the model has to know of it. */
export interface Speaker {
  readonly scheme: Scheme;
  readonly words: readonly Word[];
  /** Of each person that it proves. */
  readonly issuer: string | null;
  /** Whether every principal comes from that one issuer. */
  readonly ofOneIssuer: boolean;
  /** How it says that a credential has ended, has not begun, is malformed or bad. */
  readonly says: {
    readonly ended: Refusal;
    readonly early: Refusal;
    readonly malformed?: Refusal;
    readonly bad?: Refusal;
  };
  readonly toleranceSeconds: number;
}

// Those that the real schemes have a text for.
const keyWords = ['ann', 'bob', 'ann-reads', 'ann-writes', 'ann-editor', 'bob-reader', 'ann-boss', 'ann-brief', 'bob-brief', 'ann-early', 'bad', 'walled', 'unknown', 'malformed'] as const; // prettier-ignore
const tokenWords = ['ann', 'bob', 'ann-reads', 'ann-writes', 'ann-editor', 'bob-reader', 'ann-boss', 'ann-may', 'ann-fresh', 'ann-brief', 'bob-brief', 'ann-early', 'ann-bound', 'bad', 'malformed'] as const; // prettier-ignore
const userWords = ['bob-clerk', 'ann-editor', 'bad', 'malformed'] as const;
const allWords = Object.keys(words) as Word[];

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const secret = Buffer.alloc(32, 'a secret of the tests, and of no server.');

function tokenOf(issuer: string, word: (typeof tokenWords)[number]): string {
  const {
    subject = 'ann',
    scopes,
    roles,
    permissions,
    acr,
    authenticated,
    from,
    until = 1800,
    confirmation,
  } = meaningOf(word);
  const claims = {
    iss: issuer, aud: 'api', sub: subject, iat: startOfTests, exp: startOfTests + until, acr, roles, permissions, cnf: confirmation,
    ...(from !== undefined && { nbf: startOfTests + from }), ...(scopes && { scope: scopes.join(' ') }),
    ...(authenticated !== undefined && { auth_time: startOfTests + authenticated }),
  }; // prettier-ignore
  const input = `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${encode(claims)}`;
  const signature = createHmac('sha256', word === 'bad' ? 'another' : secret)
    .update(input)
    .digest('base64url');
  return word === 'malformed' ? `${input} ${signature}` : `${input}.${signature}`;
}

const issuerOf = { access: 'https://i.example', partner: 'https://j.example', stranger: 'https://x.example' } as const;
const sharedKey = (issuer: string) => ({ issuer, audience: 'api', secretBase64: secret.toString('base64'), map: { roles: 'roles', permissions: 'permissions' } }); // prettier-ignore

const keys = new Map<Word, string>(keyWords.map((word) => [word, generateApiKey('acme')]));
const keyEntries = keyWords.filter((word) => word !== 'unknown' && word !== 'malformed').map(toEntry);

function toEntry(word: Word): ApiKeyEntry {
  const { subject = 'ann', scopes = [], roles = [], from, until } = meaningOf(word);
  const at = (seconds: number): string => new Date((startOfTests + seconds) * 1000).toISOString();
  return {
    id: word, key: keys.get(word)!, subject, scopes, roles, revoked: word === 'bad',
    ...(from !== undefined && { notBefore: at(from) }), ...(until !== undefined && { expiresAt: at(until) }),
    ...(word === 'walled' && { addresses: ['192.0.2.0/24'] }),
  }; // prettier-ignore
}

// Of the least cost that is read.
const cheap = await hashLike(
  {
    parameters: { algorithm: 'scrypt', costLog2: 1, blockSize: 1, parallelism: 1 },
    salt: new Uint8Array(16),
    hash: new Uint8Array(32),
  },
  'right',
);
const passwordHash = formatPasswordHash(cheap);
const users = [
  { username: 'ann', passwordHash, roles: ['editor', 'unheard-of'] },
  { username: 'bob', passwordHash, roles: ['reader'] },
];
const userPass: Readonly<Record<(typeof userWords)[number], string>> = {
  'ann-editor': 'ann:right', 'bob-clerk': 'bob:right', bad: 'ann:wrong', malformed: 'ann',
}; // prettier-ignore

/** The text of each credential of the real schemes, by `scheme:word`. */
export const texts: ReadonlyMap<string, string> = new Map([
  ...keyWords.map((word) => [`keys:${word}`, word === 'malformed' ? 'acme_x' : keys.get(word)!] as const),
  ...userWords.map((word) => [`users:${word}`, `Basic ${Buffer.from(userPass[word]).toString('base64')}`] as const),
  ...Object.entries(issuerOf).flatMap(([name, issuer]) =>
    tokenWords.map((word) => [`${name}:${word}`, `Bearer ${tokenOf(issuer, word)}`] as const),
  ),
]);

const madeUp = {
  ended: refusal('invalid-token', 'expired'),
  early: refusal('invalid-token', 'not-yet-valid'),
} as const;
const ofToken = { ...madeUp, bad: refusal('invalid-token', 'signature-mismatch'), malformed: refusal('malformed-request', 'malformed-authorization') } as const; // prettier-ignore

/** A scheme that reads one field, whose text is a word behind its own mark; another mark is foreign. */
function wordScheme(
  name: string,
  field: string,
  of: { readonly type?: string; readonly issuer?: string; readonly ofOneIssuer?: true } = {},
): Speaker {
  const { type = name, issuer = null, ofOneIssuer = false } = of;
  const spent = new WeakSet<object>();
  const mark = `${name}:`;
  const scheme: Scheme<string, object, Word> = {
    type,
    ...(ofOneIssuer && issuer !== null && { issuer }),
    extract: (request): Extracted<Word> => {
      const [line, ...others] = request.headers.getAll(field);
      if (line === undefined) return { kind: 'absent' };
      if (others.length > 0) return failure('duplicate-credentials');
      if (!line.startsWith(mark)) return { kind: 'foreign', field, failure: failure('unsupported-scheme') };
      const word = line.slice(mark.length) as Word;
      const { malformed, throws } = meaningOf(word);
      if (throws === 'in extract') throw new Error('in extract');
      return malformed === undefined
        ? { kind: 'credentials', field, credentials: word, identifier: line }
        : toFailure(malformed);
    },
    verify: (word, _request, { clock }) => {
      const { once, late, bad, throws } = meaningOf(word);
      if (throws !== undefined)
        throw bad === down ? new DependencyError('credential-store-unavailable') : new Error('in verify');
      if (once) {
        // A clock stands for one guard.
        if (spent.has(clock)) return toFailure(replayed);
        spent.add(clock);
      }
      const verified = verify(word, issuer, clock.now() - startOfTests);
      return late ? Promise.resolve(verified) : verified;
    },
    challenge: () => ({ headers: [] }),
  };
  return { scheme, words: allWords, issuer, ofOneIssuer, says: madeUp, toleranceSeconds: 0 };
}

export const replayed = refusal('invalid-token', 'replayed');
const toFailure = ({ code, reason }: Refusal): Failure => failure(reason, { code: code as Code });

function verify(word: Word, issuer: string | null, now: number): Verified {
  const {
    subject = '',
    scopes,
    roles,
    permissions,
    acr,
    authenticated,
    from,
    until,
    confirmation,
    bad,
  } = meaningOf(word);
  if (bad !== undefined) return toFailure(bad);
  if (until !== undefined && now >= until) return toFailure(madeUp.ended);
  if (from !== undefined && now < from) return toFailure(madeUp.early);
  const principal = principalOf(subject, {
    issuer, scopes: new Set(scopes), roles: new Set(roles), permissions: new Set(permissions),
    ...(confirmation && { confirmation }), ...(until !== undefined && { expiresAt: startOfTests + until }),
    assurance: { ...(acr !== undefined && { acr }), ...(authenticated !== undefined && { authenticatedAt: startOfTests + authenticated }) },
  }); // prettier-ignore
  return { kind: 'verified', principal };
}

/**
 * Every scheme that a case may have, by name. `card` and `ticket` read one field, as do `access`, `partner`, `users` and `keys`;
 * `badge` and `pass`, and `access` and `partner`, are of one type.
 */
export const population = {
  badge: wordScheme('badge', 'x-badge'),
  card: wordScheme('card', 'x-card', { issuer: issuerOf.access, ofOneIssuer: true }),
  ticket: wordScheme('ticket', 'x-card', { issuer: issuerOf.access }),
  pass: wordScheme('pass', 'x-pass', { type: 'badge' }),
  keys: {
    scheme: apiKey({ prefix: 'acme', keys: keyEntries }), words: keyWords, issuer: null, ofOneIssuer: false, toleranceSeconds: 0,
    says: { ended: invalid('key-expired'), early: invalid('key-not-yet-valid') },
  },
  access: { scheme: jwt(sharedKey(issuerOf.access)), words: tokenWords, issuer: issuerOf.access, ofOneIssuer: true, says: ofToken, toleranceSeconds: 5 },
  partner: {
    scheme: jwt({ issuers: [sharedKey(issuerOf.partner), sharedKey('https://k.example')] }),
    words: tokenWords, issuer: issuerOf.partner, ofOneIssuer: false, says: ofToken, toleranceSeconds: 5,
  },
  users: {
    scheme: basic({ users }), words: userWords, issuer: null, ofOneIssuer: false, toleranceSeconds: 0,
    says: { ...madeUp, bad: invalid('wrong-password'), malformed: invalid('malformed-basic') },
  },
} as const satisfies Record<string, Speaker>; // prettier-ignore

export type SchemeName = keyof typeof population;
export const schemeNames = Object.keys(population) as SchemeName[];
export const speakerOf = (name: SchemeName): Speaker => population[name];

/** The schemes with a challenge that says by which name and for which reason it was made: the guard decides that, not its text. */
export const schemes = Object.fromEntries(
  schemeNames.map((name): [string, Scheme] => [
    name,
    {
      ...speakerOf(name).scheme,
      challenge: (_, failed) => ({ headers: [['www-authenticate', `${name} ${failed?.reason ?? ''}`]] }),
    },
  ]),
) as Readonly<Record<SchemeName, Scheme>>;
