import type { Code, HeaderList } from '@auth/core';

import type { Credentials } from './credentials.js';

/** A status, and on a refusal the code of its problem body: `401 invalid-token`. */
export type Outcome = `${number}` | `${number} ${Code}`;

/** One request, and what must become of it in every framework. */
export interface DemoRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  readonly expected: { readonly outcome: Outcome; readonly reason: string };
}

type Line = readonly [name: string, route: string, headers: HeaderList, outcome: Outcome, reason: string];

export function createRequests({ tokens, apiKeys }: Credentials): readonly DemoRequest[] {
  const { goodRsa, goodEc } = tokens;
  const lines: readonly Line[] = [
    ['good token, RS256', 'GET /orders', bearer(goodRsa), '200', 'ok'],
    ['good token, ES256, to write', 'POST /orders', bearer(goodEc), '201', 'ok'],
    ['good API key', 'GET /orders', key(apiKeys.good), '200', 'ok'],
    ['nobody, where a token is optional', 'GET /me', [], '200', 'anonymous'],
    ['nobody, where the route is public', 'GET /health', [], '200', 'public'],
    ['no credentials', 'GET /orders', [], '401 missing-credentials', 'no-credentials'],
    ['signed with another key', 'GET /orders', bearer(tokens.otherSignature), '401 invalid-token', 'signature-mismatch'],
    ['alg none, without a signature', 'GET /orders', bearer(tokens.algNone), '401 invalid-token', 'alg-not-allowed'],
    ['HS256 signed with the public key', 'GET /orders', bearer(tokens.publicKeyAsSecret), '401 invalid-token', 'alg-not-allowed'],
    ['logout token as access token', 'GET /orders', bearer(tokens.logoutToken), '401 invalid-token', 'bad-type'],
    ['ID token as access token', 'GET /orders', bearer(tokens.idToken), '401 invalid-token', 'bad-type'],
    ['expired token', 'GET /orders', bearer(tokens.expired), '401 invalid-token', 'expired'],
    ['token for another audience', 'GET /orders', bearer(tokens.otherAudience), '401 invalid-token', 'bad-audience'],
    ['DPoP-bound token as plain bearer', 'GET /orders', bearer(tokens.boundToKey), '401 invalid-token', 'bound-token-as-bearer'],
    ['expired token, where one is optional', 'GET /me', bearer(tokens.expired), '401 invalid-token', 'expired'],
    ['API key with a wrong checksum', 'GET /orders', key(apiKeys.badChecksum), '401 invalid-credentials', 'key-malformed'],
    ['revoked API key', 'GET /orders', key(apiKeys.revoked), '401 invalid-credentials', 'key-revoked'],
    ['token without the scope', 'POST /orders', bearer(tokens.readOnly), '403 insufficient-scope', 'insufficient-scope'],
    ['bad token beside a good API key', 'GET /orders', [...bearer(tokens.otherSignature), ...key(apiKeys.good)], '401 invalid-token', 'signature-mismatch'],
    ['good token in the query', `GET /orders?access_token=${goodEc}`, [], '401 missing-credentials', 'credential-in-query'],
    ['two Authorization lines', 'GET /orders', [...bearer(goodRsa), ...bearer(goodEc)], '400 duplicate-credentials', 'duplicate-authorization'],
    ['good token, on the forgotten route', 'GET /internal/export', bearer(goodEc), '403 permission-denied', 'no-requirement'],
  ]; // prettier-ignore
  return lines.map(([name, route, headers, outcome, reason]) => {
    const [method = '', path = ''] = route.split(' ');
    return { name, method, path, headers, expected: { outcome, reason } };
  });
}

/** Names of the requests to go on with by hand: some get in, some do not. */
export const byHand: readonly string[] = [
  'good token, ES256, to write',
  'good API key',
  'no credentials',
  'signed with another key',
  'bad token beside a good API key',
  'good token, on the forgotten route',
];

const bearer = (token: string): HeaderList => [['Authorization', `Bearer ${token}`]];
const key = (text: string): HeaderList => [['X-API-Key', text]];
