import { crypto } from '#crypto';

import { encodeBase64url } from '../../base/base64.js';
import { fromAscii, toUtf8 } from '../../base/bytes.js';
import { constantTimeEqual } from '../../base/constant-time.js';
import { useCode } from '../authorization-code.js';
import { malformed } from '../form.js';
import { endFamily, startFamily, targetOf } from '../refresh-token.js';
import { OAuthRefusal } from '../refusal.js';
import { revoke } from '../revocation.js';
import { grantResources } from '../scopes.js';
import type { Granted } from '../token-endpoint.js';
import type { GrantRequest } from './grant-request.js';

// RFC 7636 §4.1
const verifierForm = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * A token for a person who signed in (RFC 6749 §4.1.3, RFC 7636 §4.6).
 * Checks: that the code is this client's, for this redirect URI, not used and not older than a minute; the verifier of its challenge;
 * the key that it is bound to.
 * A code that comes again ends what it was good for.
 */
export async function grantByCode({ issuing, form, client, binding, context }: GrantRequest): Promise<Granted> {
  const { settings } = issuing;
  const { clientId } = client;
  const [text, verifier] = ['code', 'code_verifier'].map((name) => form.get(name));
  if (text === undefined || verifier === undefined || !verifierForm.test(verifier)) throw malformed();
  const refuse = (reason: string): OAuthRefusal => new OAuthRefusal('invalid_grant', reason, { clientId });
  const reused = (): OAuthRefusal =>
    new OAuthRefusal('invalid_grant', 'code-reuse', { clientId, alert: { reason: 'code-reuse', clientId } });
  const used = await useCode(settings, text, context);
  if (used === undefined) throw refuse('grant-ended');
  const { code, session, before } = used;
  if (before !== undefined) {
    // RFC 6749 §4.1.2: what was issued on it should be revoked.
    if (before !== '') await endFamily(settings, before, context);
    const { accessTokenSeconds: lifetimeSeconds } = settings;
    await revoke(settings, { kind: 'session', value: session, lifetimeSeconds }, context);
    throw reused();
  }
  if (code.clientId !== clientId) throw refuse('not-owner');
  if (code.redirectUri !== form.get('redirect_uri')) throw refuse('redirect-uri-mismatch');
  const challenge = encodeBase64url(crypto.sha256(fromAscii(verifier)));
  if (!constantTimeEqual(toUtf8(challenge), toUtf8(code.challenge))) throw refuse('verifier-mismatch');
  if (code.dpopKey !== undefined && code.dpopKey !== binding?.jkt)
    throw new OAuthRefusal('invalid_dpop_proof', 'dpop-key-mismatch', { clientId });
  const audience = grantResources(form, code.resources, client);
  const { subject, scopes, resources, authenticatedAt, acr } = code;
  const assurance = { ...(authenticatedAt !== undefined && { authenticatedAt }), ...(acr !== undefined && { acr }) };
  const granted = { clientId, subject, scopes, ...assurance };
  const isAsked = code.tellScopes;
  if (!client.grants.has('refresh_token')) return { ...granted, audience, session, tellScopes: isAsked };
  const { family, refreshToken } = await startFamily(
    settings,
    {
      ...granted,
      id: session,
      resources,
      ...(client.method === 'none' && binding !== undefined && { bound: binding }),
    },
    context,
  );
  if (!(await used.remember(refreshToken))) {
    await endFamily(settings, refreshToken, context);
    throw reused();
  }
  return { ...granted, audience, session, refreshToken, tellScopes: isAsked, target: targetOf(family) };
}
