import type { Failure } from '../../contracts/failure.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Extracted, Limits } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { hasQueryParameter, parseAuthorization, type Authorization } from '../../http/authorization.js';
import { judgeKey } from './key-format.js';
import type { ApiKeySettings } from './options.js';

/** An API key of the right form; whether it was ever issued is not known. */
export interface ApiKeyCredentials {
  readonly key: string;
}

interface Sent {
  readonly field: string;
  readonly text: string;
}

// What callers send by mistake where no key is taken from the query.
const usualParameter = 'api_key';

/** Finds the one key of a request, where the options allow it to stand, and judges its form. */
export function extractKey(
  settings: ApiKeySettings,
  request: AuthRequest,
  limits: Limits,
): Extracted<ApiKeyCredentials> {
  const authorization = parseAuthorization(request);
  if (authorization.kind === 'failure') return authorization;
  const { locations, header, queryParameter } = settings;
  const sent: Sent[] = [];
  if (locations.has('header')) for (const text of request.headers.getAll(header)) sent.push({ field: header, text });
  const authorized = authorization.kind === 'authorization' && isOurs(settings, authorization);
  if (authorized) sent.push({ field: 'authorization', text: authorization.rest });
  if (queryParameter !== undefined)
    for (const text of queryValuesOf(request, queryParameter)) sent.push({ field: 'query', text });
  const misplaced = queryParameter !== usualParameter && hasQueryParameter(request.target, usualParameter);
  const [only, another] = sent;
  if (another !== undefined || (only !== undefined && misplaced)) return failure('duplicate-credentials');
  if (authorized && authorization.rest === '') return failure('malformed-authorization');
  if (only !== undefined) return judge(settings, only, limits);
  if (misplaced) return { kind: 'foreign', field: 'query', failure: failure('credential-in-query') };
  if (authorization.kind === 'absent') return { kind: 'absent' };
  return { kind: 'foreign', field: 'authorization', failure: foreignTo(settings, authorization) };
}

function queryValuesOf({ target }: AuthRequest, name: string): readonly string[] {
  const query = target.indexOf('?');
  return query === -1 ? [] : new URLSearchParams(target.slice(query + 1)).getAll(name);
}

/** A bearer token is a key where its text begins as keys do; every other is for another scheme. */
function isOurs({ locations, prefix }: ApiKeySettings, { authScheme, rest }: Authorization): boolean {
  if (authScheme === 'apikey') return locations.has('authorization');
  return authScheme === 'bearer' && locations.has('bearer') && rest.startsWith(`${prefix}_`);
}

function foreignTo({ locations }: ApiKeySettings, { authScheme }: Authorization): Failure {
  return failure(authScheme === 'bearer' && locations.has('bearer') ? 'key-malformed' : 'unsupported-scheme');
}

function judge(settings: ApiKeySettings, { field, text: key }: Sent, limits: Limits): Extracted<ApiKeyCredentials> {
  if (key.length > limits.maxCredentialBytes) return failure('credential-too-large');
  // A comma is what Node and proxies make of two field lines.
  if (key.includes(',')) return failure('duplicate-credentials');
  switch (judgeKey(key, settings)) {
    case 'malformed':
      return failure('key-malformed');
    case 'other-environment':
      return failure('key-wrong-environment');
    case 'ours':
      return { kind: 'credentials', field, credentials: { key }, identifier: key };
  }
}
