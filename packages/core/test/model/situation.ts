import { startOfTests } from '../fixtures/guard.js';
import { fieldOf, oddities, proxies, targets, ways, type Case, type Field, type LastWord, type Sent } from './case.js';
import { replayed, schemeNames, speakerOf, type SchemeName } from './population.js';
import type { Found, Person, Refusal, Situation } from './verdict.js';
import { meaningOf, type Word } from './words.js';

/*
 * What a case means for the model: for each scheme, what the catalogue says of what stands in its field.
 */

export const policy = {
  reader: { inherits: [], permissions: ['see'] },
  editor: { inherits: ['reader'], permissions: ['p'] },
  boss: { inherits: ['editor'], permissions: [] },
} as const;

export const lastWords: Readonly<Record<LastWord, Refusal>> = {
  forbids: { code: 'permission-denied', reason: 'suspended' },
  'forbids late': { code: 'permission-denied', reason: 'suspended' },
  disowns: { code: 'invalid-credentials', reason: 'subject-disabled' },
  throws: { code: 'internal-error', reason: 'unexpected' },
};

const ofOneIssuer: ReadonlySet<string> = new Set(schemeNames.filter((name) => speakerOf(name).ofOneIssuer));
const duplicate: Found = { kind: 'malformed', why: { code: 'duplicate-credentials', reason: 'duplicate-credentials' } };
const twoAuthorizations: Found = {
  kind: 'malformed',
  why: { code: 'duplicate-credentials', reason: 'duplicate-authorization' },
};
const malformed: Found = { kind: 'malformed', why: { code: 'malformed-request', reason: 'malformed-authorization' } };
const absent: Found = { kind: 'absent' };

const foreign = (field: string, reason: string, code = 'missing-credentials'): Found => ({
  kind: 'foreign',
  field,
  why: { code, reason },
});

/** Which request a credential that is good for one was first proved for. */
export type Spent = Map<string, number>;

export interface Moment {
  /** Seconds after the start of the tests. */
  readonly now: number;
  readonly request: number;
  readonly spent: Spent;
}

export function situationOf(from: Case, hideForbidden: boolean, moment: Moment): Situation {
  const sent = from.requests[moment.request]!;
  const { onAllow } = from;
  return {
    now: startOfTests + moment.now,
    wrong: wrongOf(sent, from),
    found: Object.fromEntries(from.schemes.map((name) => [name, findFor(name, sent, moment)])),
    ofOneIssuer,
    policy: from.hasPolicy ? policy : {},
    lastWord: (principal) =>
      onAllow !== undefined && onAllow.subject === principal?.subject ? lastWords[onAllow.does] : undefined,
    hideForbidden,
  };
}

function wrongOf({ way, target, twoHosts }: Sent, { insecureTransport, trustsProxies }: Case): Refusal | undefined {
  const { remoteAddress, encrypted, proto } = ways[way];
  const isProxy = trustsProxies && proxies.some((range) => range.slice(0, 3) === remoteAddress.slice(0, 3));
  const forwarded = isProxy ? proto : undefined;
  const secure = forwarded === undefined ? encrypted : forwarded === 'https';
  const local = remoteAddress === '127.0.0.1' && forwarded !== 'http';
  if (!secure && insecureTransport !== 'allow' && !(insecureTransport === 'loopback' && local))
    return { code: 'tls-required', reason: 'insecure-transport' };
  if (twoHosts || target === 'elsewhere') return { code: 'malformed-request', reason: 'authority-conflict' };
  return undefined;
}

function findFor(name: SchemeName, sent: Sent, moment: Moment): Found {
  const field = fieldOf(name);
  if (field !== 'authorization') return findMark(name, field, sent, moment);
  const lines = sent.lines.authorization ?? [];
  if (lines.length > 1 || lines[0] === 'two') return twoAuthorizations;
  if (lines[0] === 'empty') return malformed;
  if (name === 'keys') return findKey(lines[0], sent, moment);
  if (name === 'users') {
    if (lines[0] === undefined) return absent;
    return lines[0].startsWith('users:')
      ? credentials(name, field, lines[0], moment)
      : foreign(field, 'unsupported-scheme');
  }
  return findToken(name, lines[0], sent, moment);
}

/** Made-up schemes: one line, with the mark of the scheme. */
function findMark(name: SchemeName, field: Field, sent: Sent, moment: Moment): Found {
  const [line, ...others] = sent.lines[field] ?? [];
  if (line === undefined) return absent;
  if (others.length > 0) return duplicate;
  return line.startsWith(`${name}:`) ? credentials(name, field, line, moment) : foreign(field, 'unsupported-scheme');
}

/** Catalogue 3: a key in its own field or in `Authorization`, in one of them, and never in the query. */
function findKey(authorization: string | undefined, sent: Sent, moment: Moment): Found {
  const lines = sent.lines['x-api-key'] ?? [];
  const authorized = authorization?.startsWith('keys:') === true;
  const inQuery = targets[sent.target].includes('api_key');
  const given = lines.length + Number(authorized);
  if (given > 1 || (given === 1 && inQuery)) return duplicate;
  if (authorized) return credentials('keys', 'authorization', authorization, moment);
  if (lines[0] === 'nonsense')
    return { kind: 'malformed', why: { code: 'invalid-credentials', reason: 'key-malformed' } };
  if (lines[0] !== undefined) return credentials('keys', 'x-api-key', lines[0], moment);
  if (inQuery) return foreign('query', 'credential-in-query');
  return authorization === undefined ? absent : foreign('authorization', 'unsupported-scheme');
}

/** Catalogue 1 and 4: a bearer token in `Authorization`; of an issuer that is not named, or no token at all, it is foreign. */
function findToken(name: SchemeName, line: string | undefined, sent: Sent, moment: Moment): Found {
  const inQuery = targets[sent.target].includes('access_token');
  if (line === undefined) return inQuery ? foreign('query', 'credential-in-query') : absent;
  if (inQuery) return duplicate;
  if (line === 'nonsense') return foreign('authorization', 'malformed-token', 'invalid-token');
  const [owner, word] = line.split(':');
  if (!['access', 'partner', 'stranger'].includes(owner!) || line in oddities)
    return foreign('authorization', 'unsupported-scheme');
  if (word === 'malformed') return malformed;
  return owner === name
    ? credentials(name, 'authorization', line, moment)
    : foreign('authorization', 'bad-issuer', 'invalid-token');
}

function credentials(name: SchemeName, field: Field, line: string, moment: Moment): Found {
  const word = line.slice(line.indexOf(':') + 1) as Word;
  const { malformed: why, throws } = meaningOf(word);
  if (throws === 'in extract') return { kind: 'thrown' };
  if (why === undefined) return { kind: 'credentials', field, prove: () => prove(name, word, moment) };
  return { kind: 'malformed', why: speakerOf(name).says.malformed ?? why };
}

function prove(name: SchemeName, word: Word, { now, request, spent }: Moment): Person | Refusal {
  const { issuer, says, toleranceSeconds } = speakerOf(name);
  const meaning = meaningOf(word);
  if (meaning.bad !== undefined) return word === 'bad' ? (says.bad ?? meaning.bad) : meaning.bad;
  const credential = `${name}:${word}`;
  if (meaning.once === true && (spent.get(credential) ?? request) !== request) return replayed;
  spent.set(credential, request);
  if (meaning.until !== undefined && now >= meaning.until + toleranceSeconds) return says.ended;
  if (meaning.from !== undefined && now < meaning.from - toleranceSeconds) return says.early;
  const { subject = '', scopes = [], roles = [], permissions = [], acr, authenticated, confirmation } = meaning;
  return {
    scheme: name, issuer, subject, scopes, roles, permissions,
    ...(acr !== undefined && { acr }), ...(authenticated !== undefined && { authenticatedAt: startOfTests + authenticated }),
    ...(confirmation !== undefined && { unconfirmed: { code: 'invalid-token', reason: 'bound-token-as-bearer' } }),
  }; // prettier-ignore
}
