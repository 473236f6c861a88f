import { isAbsoluteUri, type Client } from './clients.js';
import { malformed, type Form } from './form.js';
import { OAuthRefusal } from './refusal.js';

/**
 * Which scopes a request gets (RFC 6749 §3.3): those it asks for, or all that may be given.
 * @throws OAuthRefusal `invalid_scope` for one that may not be given: never narrowed without a word
 */
export function grantScopes(
  form: Form,
  allowed: readonly string[],
  details: { readonly clientId?: string } = {},
): readonly string[] {
  const text = form.get('scope');
  if (text === undefined) return allowed;
  const asked = text.split(' ');
  if (new Set(asked).size !== asked.length || asked.includes('')) throw malformed();
  if (!asked.every((scope) => allowed.includes(scope)))
    throw new OAuthRefusal('invalid_scope', 'scope-not-allowed', details);
  return asked;
}

/**
 * For which resources a token is (RFC 8707 §2): those that a request names, or the first of those allowed.
 * @throws OAuthRefusal `invalid_target`
 */
export function grantResources({ resources }: Form, allowed: readonly string[], client: Client): readonly string[] {
  if (resources.length === 0) return allowed.slice(0, 1);
  if (!resources.every((resource) => isAbsoluteUri(resource) && allowed.includes(resource)))
    throw new OAuthRefusal('invalid_target', 'resource-not-allowed', { clientId: client.clientId });
  return [...new Set(resources)];
}
