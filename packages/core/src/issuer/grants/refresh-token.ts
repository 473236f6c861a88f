import type { CredentialAlert } from '../../contracts/endpoint.js';
import { proves, type Binding } from '../binding.js';
import { malformed } from '../form.js';
import { endFamily, findFamily, isFamilyRevoked, targetOf, useRefreshToken, type Family } from '../refresh-token.js';
import { OAuthRefusal, type RefusalDetails } from '../refusal.js';
import { grantResources, grantScopes } from '../scopes.js';
import type { Granted } from '../token-endpoint.js';
import type { GrantRequest } from './grant-request.js';

/**
 * A token for one that was granted before (RFC 6749 §6), and the refresh token that takes the place of the one presented.
 * Checks, before it is used: that it is this client's, and came with the key that it is bound to; scopes and resources within those granted; that the subject may still have one.
 * One that was used before, or comes from another client, has leaked: its family ends, and an alert tells.
 */
export async function grantByRefresh({ issuing, form, client, binding, context }: GrantRequest): Promise<Granted> {
  const { settings } = issuing;
  const { clientId } = client;
  const text = form.get('refresh_token');
  if (text === undefined) throw malformed();
  const refuse = (reason: string, family?: Family, alert?: CredentialAlert): OAuthRefusal =>
    new OAuthRefusal('invalid_grant', reason, {
      clientId,
      ...(family !== undefined && { target: targetOf(family) }),
      ...(alert !== undefined && { alert }),
    });
  const found = await findFamily(settings, text, context);
  if (found === undefined) throw refuse('grant-ended');
  const { family } = found;
  const leaked = async (reason: string): Promise<OAuthRefusal> => {
    await endFamily(settings, text, context);
    return refuse(reason, family, { reason, clientId, target: targetOf(family) });
  };
  if (family.clientId !== clientId) throw await leaked('not-owner');
  const { bound } = family;
  if (bound !== undefined && !proves(binding, bound)) throw refuseKey(bound, { clientId, target: targetOf(family) });
  const scopes = grantScopes(form, family.scopes, { clientId });
  const audience = grantResources(form, family.resources, client);
  if ((await isFamilyRevoked(settings, family, context)) || !(await settings.isActive(family.subject)))
    throw refuse('grant-ended', family);
  const graceSeconds = bound === undefined ? client.reuseGraceSeconds : client.boundReuseGraceSeconds;
  const presented = await useRefreshToken(settings, text, { context, graceSeconds, binding });
  switch (presented.kind) {
    case 'unknown':
      throw refuse('grant-ended');
    case 'ended':
      throw refuse('grant-ended', family);
    case 'reused':
      throw await leaked('refresh-reuse');
    case 'good':
    case 'retried':
      return {
        clientId,
        subject: family.subject,
        scopes,
        audience,
        session: family.id,
        endsAt: family.endsAt,
        ...(family.authenticatedAt !== undefined && { authenticatedAt: family.authenticatedAt }),
        ...(family.acr !== undefined && { acr: family.acr }),
        refreshToken: presented.successor,
        tellScopes: form.get('scope') === undefined,
        target: { ...targetOf(family), ...(presented.kind === 'retried' && { note: 'retried' }) },
      };
  }
}

/** Whoever has the token without its key cannot end the family of whoever has both. */
function refuseKey({ jkt }: Binding, details: RefusalDetails): OAuthRefusal {
  return jkt === undefined
    ? new OAuthRefusal('invalid_grant', 'certificate-binding-mismatch', details)
    : new OAuthRefusal('invalid_dpop_proof', 'dpop-key-mismatch', details);
}
