import { findFault, parseAssertion } from '../assertion.js';
import { malformed } from '../form.js';
import { OAuthRefusal } from '../refusal.js';
import { grantResources, grantScopes } from '../scopes.js';
import type { Granted } from '../token-endpoint.js';
import type { GrantRequest } from './grant-request.js';

// RFC 7523bis; whoever says nothing of it is older. No token of another kind is an assertion.
const types: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'authorization-grant+jwt']);

/**
 * A token for whom somebody else vouches (RFC 7523 §2.1, §3.1): no refresh token, since the client asks there again.
 * Checks: an issuer whose word is taken, its signature, and all that an assertion must say; that its subject is somebody here; scopes and
 * resources within those of the client, which is proved as for every grant.
 */
export async function grantByAssertion({ issuing, form, client, context }: GrantRequest): Promise<Granted> {
  const { settings } = issuing;
  const { clientId } = client;
  const text = form.get('assertion');
  if (text === undefined) throw malformed();
  const refuse = (reason: string): OAuthRefusal => new OAuthRefusal('invalid_grant', reason, { clientId });
  const token = parseAssertion(text);
  const { iss, sub } = token?.claims ?? {};
  const issuer = typeof iss === 'string' ? settings.assertionIssuers.get(iss) : undefined;
  if (token === undefined || issuer === undefined || typeof sub !== 'string' || sub === '')
    throw refuse('assertion-invalid');
  const scopes = grantScopes(form, client.scopes, { clientId });
  const audience = grantResources(form, client.resources, client);
  const fault = await findFault(token, { types, keys: issuer.keys, settings, owner: iss as string }, context);
  if (fault !== undefined) throw refuse(fault);
  const subject: unknown = await issuer.subject(token.claims);
  // What somebody wrote may answer anything: only a name is somebody.
  if (typeof subject !== 'string' || subject === '' || !(await settings.isActive(subject)))
    throw refuse('subject-unknown');
  return { clientId, subject, scopes, audience, tellScopes: form.get('scope') === undefined };
}
