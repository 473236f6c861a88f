import type { Credentials } from '../credentials/credentials.js';
import { key, rfc, type Line, type Reference } from './request.js';

const refused = { route: 'GET /orders', outcome: '401 invalid-credentials' } as const;

const owaspAuthentication: Reference = {
  title: 'OWASP API2:2023',
  url: 'https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/',
};

export const goodKeys = ({ apiKeys, callers }: Credentials): readonly Line[] => [
  {
    name: 'good API key',
    route: 'GET /orders',
    caller: callers.nightly,
    outcome: '200',
    reason: 'ok',
    what: 'A key that was handed out to nightly-report, which sends it with @auth/client.',
    why: 'Its checksum holds, its hash is among those that the server keeps, and it brings the scope orders:read.',
    see: [],
  },
  {
    name: 'good API key, in Authorization',
    route: 'GET /orders',
    headers: [['Authorization', `ApiKey ${apiKeys.good}`]],
    outcome: '200',
    reason: 'ok',
    what: 'The same key in the other field that it may stand in.',
    why: 'One key, in one of the two places.',
    see: [rfc(9110, '11.6.2')],
  },
];

export const hostileKeys = ({ apiKeys }: Credentials): readonly Line[] => [
  {
    ...refused,
    name: 'API key with a wrong checksum',
    headers: key(apiKeys.badChecksum),
    reason: 'key-malformed',
    what: 'A key with its last character changed: mistyped, or guessed.',
    why: 'The end of a key is a checksum of the rest, so that most inventions are refused without asking a database.',
    see: [owaspAuthentication],
  },
  {
    ...refused,
    name: 'API key that was never issued',
    headers: key(apiKeys.invented),
    reason: 'unknown-key',
    what: 'A key of the right form, with the right checksum, that somebody made up.',
    why: 'Its hash is not among those of the keys that were handed out. To the caller that looks like any other bad key.',
    see: [owaspAuthentication],
  },
  {
    ...refused,
    name: 'revoked API key',
    headers: key(apiKeys.revoked),
    reason: 'key-revoked',
    what: 'A key that leaked and was revoked, tried once more.',
    why: 'It is marked as revoked. The caller is not told that it was ever good; the audit event is.',
    see: [owaspAuthentication],
  },
  {
    ...refused,
    name: 'expired API key',
    headers: key(apiKeys.expired),
    reason: 'key-expired',
    what: 'A key that was to end in January 2025, and is still in somebody’s script.',
    why: 'Its end is past.',
    see: [owaspAuthentication],
  },
  {
    ...refused,
    name: 'API key without the scope',
    headers: key(apiKeys.billing),
    outcome: '403 insufficient-scope',
    reason: 'insufficient-scope',
    what: 'A good key of the billing department, which may read invoices.',
    why: 'The caller is known; the key does not bring orders:read.',
    see: [
      {
        title: 'OWASP API5:2023',
        url: 'https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/',
      },
    ],
  },
  {
    ...refused,
    name: 'two API keys at once',
    headers: [...key(apiKeys.revoked), ...key(apiKeys.good)],
    outcome: '400 duplicate-credentials',
    reason: 'duplicate-credentials',
    what: 'Two X-API-Key lines: a proxy may look at the first, and the server behind it at the second.',
    why: 'Two credentials of one kind leave open who calls. Nobody guesses.',
    look: 'X-API-Key',
    see: [rfc(9110, '5.3')],
  },
  {
    ...refused,
    name: 'good API key in the query',
    route: `GET /orders?api_key=${apiKeys.good}`,
    outcome: '401 missing-credentials',
    reason: 'credential-in-query',
    what: 'A good key in the address, where it ends up in logs, histories and Referer lines.',
    why: 'Keys are taken from header fields alone; the reason in the audit event tells the operator to look for the sender.',
    look: 'api_key',
    see: [rfc(9700, '4.3.2')],
  },
];
