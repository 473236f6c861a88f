import type { Awaitable } from '../../contracts/awaitable.js';
import type { AuthRequest } from '../../contracts/request.js';
import type { Limits } from '../../contracts/scheme.js';
import { failure } from '../../errors/failures.js';
import { checkBearerText, extractBearer } from './bearer.js';
import { mayBringForm, readFormTokens } from './form-token.js';
import type { AccessTokenSettings } from './options.js';

type Found = ReturnType<typeof extractBearer>;

/**
 * Reads an access token from the `Authorization` field, and from a form in the body where the scheme takes it from there
 * (RFC 6750 §2.2). One in both places, or twice in one, is refused (§2).
 * @returns at once, unless the body must be read
 */
export function extractAccessToken(
  request: AuthRequest,
  limits: Limits,
  settings: AccessTokenSettings,
): Awaitable<Found> {
  const found = extractBearer(request, limits, settings);
  return settings.tokenInBody && mayBringForm(request) ? extractFromForm(request, limits, found) : found;
}

async function extractFromForm(request: AuthRequest, limits: Limits, found: Found): Promise<Found> {
  if (found.kind === 'failure') return found;
  const tokens = await readFormTokens(request);
  if ('kind' in tokens) return tokens;
  const [token] = tokens;
  if (token === undefined) return found;
  // Decision: anything in the Authorization field counts, of whatever scheme: a form that brings a token is there for those alone
  // who cannot set the field.
  if (tokens.length > 1 || found.kind !== 'absent') return failure('duplicate-credentials');
  return checkBearerText(token, limits) ?? { kind: 'bearer', token, field: 'body' };
}
