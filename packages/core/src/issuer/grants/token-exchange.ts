import type { JsonObject } from '../../base/strict-json.js';
import { readAccessToken } from '../access-token.js';
import { malformed } from '../form.js';
import { isRevoked } from '../revocation.js';
import { OAuthRefusal, type OAuthError } from '../refusal.js';
import { grantResources, grantScopes } from '../scopes.js';
import type { Granted } from '../token-endpoint.js';
import type { GrantRequest } from './grant-request.js';

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
// Decision: a chain of four; who is deeper acts for nobody whom anybody knows.
const maxActors = 4;

/**
 * A token for whom another token is about, with the client as the actor (RFC 8693).
 * Checks: an access token of this issuer that is good, not revoked and bound to no key; that the client may exchange, and that
 * `may_act`, where it stands there, names it; scopes within those of that token, resources within those of the client; the depth of
 * the chain of actors. The new token ends when the old one does.
 */
export async function grantByExchange({ issuing, form, client, context }: GrantRequest): Promise<Granted> {
  const { clientId } = client;
  const text = form.get('subject_token');
  if (text === undefined || form.get('subject_token_type') === undefined) throw malformed();
  const refuse = (error: OAuthError): OAuthRefusal => new OAuthRefusal(error, 'exchange-not-allowed', { clientId });
  const requested = form.get('requested_token_type') ?? accessTokenType;
  const isActorGiven = form.get('actor_token') !== undefined || form.get('actor_token_type') !== undefined;
  if (!client.mayExchange || requested !== accessTokenType || isActorGiven) throw refuse('invalid_request');
  if (form.get('subject_token_type') !== accessTokenType) throw refuse('invalid_request');
  const token = await readAccessToken(issuing, text, context);
  if (token === undefined || token === 'other-type') throw refuse('invalid_request');
  const { sub, exp, scope, act, cnf, may_act: mayAct } = token.claims;
  if (cnf !== undefined || (await isRevoked(issuing.settings, token.claims, context))) throw refuse('invalid_request');
  if (mayAct !== undefined && !names(mayAct, clientId)) throw refuse('invalid_request');
  if (depthOf(act) >= maxActors) throw refuse('invalid_request');
  const allowed = typeof scope === 'string' ? scope.split(' ').filter((each) => client.scopes.includes(each)) : [];
  const scopes = within(() => grantScopes(form, allowed), refuse('invalid_scope'));
  const audience = grantResources(form, client.resources, client);
  return {
    clientId,
    subject: sub as string,
    scopes,
    audience,
    endsAt: exp as number,
    act: { sub: clientId, ...(act !== undefined && { act }) },
    issuedTokenType: accessTokenType,
    tellScopes: true,
  };
}

function within<T>(work: () => T, refused: OAuthRefusal): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof OAuthRefusal && error.error === 'invalid_scope' ? refused : error;
  }
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** RFC 8693 §4.4. */
const names = (mayAct: unknown, clientId: string): boolean =>
  isObject(mayAct) && (mayAct['sub'] === clientId || mayAct['client_id'] === clientId);

function depthOf(act: unknown): number {
  let depth = 0;
  for (let each = act; isObject(each); each = each['act']) depth++;
  return depth;
}
