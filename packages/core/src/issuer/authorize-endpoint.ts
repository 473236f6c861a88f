import type { Answer } from '../contracts/decision.js';
import type { EndpointContext, Served } from '../contracts/endpoint.js';
import { isThumbprint } from '../crypto/thumbprint.js';
import { failure } from '../errors/failures.js';
import { answerJson } from '../http/json-answer.js';
import type { Issuing } from './access-token.js';
import { issueCode } from './authorization-code.js';
import { proveKeys } from './binding.js';
import { authenticateClient } from './client-authentication.js';
import type { Client } from './clients.js';
import type { Work } from './endpoint.js';
import { readForm, readParameters, type Form } from './form.js';
import { keyOf, makeSecret, readJson } from './opaque.js';
import type { IssuerSettings, SignedIn } from './options.js';
import { askTokens } from './refresh-token.js';
import { describeError, OAuthRefusal } from './refusal.js';
import { grantResources, grantScopes } from './scopes.js';

/** A request for a code, checked (RFC 6749 §4.1.1, RFC 7636 §4.3). */
interface Asked {
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly challenge: string;
  readonly dpopKey?: string;
  readonly tellScopes: boolean;
}

/** Where an answer goes. */
interface Return {
  readonly redirectUri: string;
  readonly state: string | undefined;
}

const requestUriPrefix = 'urn:ietf:params:oauth:request_uri:';
// Decision: ten minutes, in which the person signs in; the browser comes back to the same URL meanwhile.
const pushedSeconds = 600;
const malformed = failure('malformed-request');

/**
 * The authorization endpoint: a person signs in by the login of `options.login`, and goes back with a code.
 * Checks, before anybody is sent anywhere: a known client, and one of its redirect URIs, exactly; then `response_type=code`, PKCE with
 * S256, scopes and resources of the client. What is wrong with these goes back to the client, with `iss` (RFC 9207).
 */
export const authorizeEndpoint =
  ({ settings }: Issuing): Work =>
  async (request, context) => {
    const query = request.target.indexOf('?');
    let form: Form;
    try {
      form = readParameters(query === -1 ? '' : request.target.slice(query + 1));
    } catch {
      return malformed;
    }
    const pushed = await readPushed(settings, form, context);
    if (pushed === undefined) return malformed;
    const client = settings.clients.get(pushed.get('client_id') ?? '');
    const back = client && findReturn(client, pushed);
    if (client === undefined || back === undefined) return malformed;
    try {
      const asked = checkAsked(client, pushed);
      const login = await settings.login!(request, { clientId: client.clientId, scopes: asked.scopes });
      if (login === null) throw new OAuthRefusal('access_denied', 'login-declined', { clientId: client.clientId });
      if ('status' in login) return { kind: 'served', answer: login, deed: null };
      return await sendCode(settings, { client, back, asked, login }, context);
    } catch (error) {
      if (!(error instanceof OAuthRefusal)) throw error;
      return sendBack(settings, { client, back, error });
    }
  };

/** Takes a request for a code beforehand, from an authenticated client (RFC 9126). */
export const pushedRequestEndpoint =
  (issuing: Issuing): Work =>
  async (request, context) => {
    const { settings } = issuing;
    const form = await readForm(request);
    const { client } = await authenticateClient(settings, { request, form }, context);
    const { clientId } = client;
    const named = form.get('client_id');
    if (form.get('request_uri') !== undefined || (named !== undefined && named !== clientId))
      throw new OAuthRefusal('invalid_request', 'malformed-request', { clientId });
    if (findReturn(client, form) === undefined)
      throw new OAuthRefusal('invalid_request', 'redirect-uri-mismatch', { clientId });
    const { dpopKey } = checkAsked(client, form);
    // RFC 9449 §10.1: a proof says the same as `dpop_jkt`.
    const isProved = request.headers.getAll('dpop').length > 0;
    const { binding } = isProved ? await proveKeys(issuing, client, { request, context }) : {};
    if (dpopKey !== undefined && binding?.jkt !== undefined && binding.jkt !== dpopKey)
      throw new OAuthRefusal('invalid_dpop_proof', 'dpop-key-mismatch', { clientId });
    const name = makeSecret(context.random);
    const query = new URLSearchParams({ client_id: clientId });
    for (const each of pushable) query.append(each, form.get(each) ?? '');
    query.set('dpop_jkt', binding?.jkt ?? dpopKey ?? '');
    for (const resource of form.resources) query.append('resource', resource);
    const value = JSON.stringify({ clientId, query: query.toString() });
    const entry = { value, until: context.clock.now() + pushedSeconds };
    const { signal } = context;
    await askTokens(settings, signal, (store) => store.insert(keyOf('request', name), entry, signal));
    const body = { request_uri: requestUriPrefix + name, expires_in: pushedSeconds };
    const answer = answerJson(201, body);
    return { kind: 'served', answer, deed: { outcome: 'allow', reason: 'request-pushed', clientId } };
  };

const pushable = [
  'response_type', 'redirect_uri', 'scope', 'state', 'code_challenge', 'code_challenge_method',
]; // prettier-ignore

/** RFC 9126 §4: all parameters are those that were pushed; a `request_uri` is good for whoever pushed it. */
async function readPushed(settings: IssuerSettings, form: Form, context: EndpointContext): Promise<Form | undefined> {
  const uri = form.get('request_uri');
  if (uri === undefined) return form;
  const key = keyOf('request', uri.startsWith(requestUriPrefix) ? uri.slice(requestUriPrefix.length) : '');
  const { clock, signal } = context;
  const entry = await askTokens(settings, signal, (store) => store.find(key, clock.now(), signal));
  const stored = entry && (readJson(entry.value) as { clientId: string; query: string } | undefined);
  if (entry === undefined || stored === undefined || form.get('client_id') !== stored.clientId) return undefined;
  return readParameters(stored.query);
}

/** Compared exactly (RFC 9700 §4.1.3); left out, it is the only one there is. */
function findReturn({ redirectUris }: Client, form: Form): Return | undefined {
  const uri = form.get('redirect_uri') ?? (redirectUris.length === 1 ? redirectUris[0] : undefined);
  return uri !== undefined && redirectUris.includes(uri) ? { redirectUri: uri, state: form.get('state') } : undefined;
}

function checkAsked(client: Client, form: Form): Asked {
  const { clientId } = client;
  const refuse = (error: 'unsupported_response_type' | 'unauthorized_client' | 'invalid_request', reason: string) =>
    new OAuthRefusal(error, reason, { clientId });
  if (!client.grants.has('authorization_code')) throw refuse('unauthorized_client', 'grant-not-allowed');
  if (form.get('response_type') !== 'code') throw refuse('unsupported_response_type', 'grant-not-supported');
  const challenge = form.get('code_challenge');
  // RFC 9700 §2.1.1: PKCE for every client; `plain` protects nobody.
  if (form.get('code_challenge_method') !== 'S256' || challenge === undefined || !/^[\w-]{43}$/.test(challenge))
    throw refuse('invalid_request', 'pkce-required');
  const dpopKey = form.get('dpop_jkt');
  if (dpopKey !== undefined && !isThumbprint(dpopKey)) throw refuse('invalid_request', 'malformed-request');
  const scopes = grantScopes(form, client.scopes, { clientId });
  const resources = form.resources.length === 0 ? client.resources : grantResources(form, client.resources, client);
  const tellScopes = form.get('scope') === undefined;
  return { scopes, resources, challenge, tellScopes, ...(dpopKey !== undefined && { dpopKey }) };
}

async function sendCode(
  settings: IssuerSettings,
  { client, back, asked, login }: { client: Client; back: Return; asked: Asked; login: SignedIn },
  context: EndpointContext,
): Promise<Served> {
  const { subject, authenticatedAt, acr } = login;
  const { clientId } = client;
  const assurance = { ...(authenticatedAt !== undefined && { authenticatedAt }), ...(acr !== undefined && { acr }) };
  const code = await issueCode(
    settings,
    { clientId, subject, redirectUri: back.redirectUri, ...asked, ...assurance },
    context,
  );
  const answer = redirect(settings, back, { code });
  const target = { type: 'authorization-code', id: null, subject } as const;
  return { kind: 'served', answer, deed: { outcome: 'allow', reason: 'code-issued', clientId, subject, target } };
}

function sendBack(
  settings: IssuerSettings,
  { client, back, error }: { client: Client; back: Return; error: OAuthRefusal },
): Served {
  const parameters = { error: error.error, error_description: describeError(error.error) };
  const deed = {
    outcome: 'refuse',
    reason: error.reason,
    code: `oauth:${error.error}`,
    clientId: client.clientId,
  } as const;
  return { kind: 'served', answer: redirect(settings, back, parameters), deed };
}

/** RFC 6749 §4.1.2, RFC 9207: the redirect URI keeps its own query. */
function redirect(
  { issuer }: IssuerSettings,
  { redirectUri, state }: Return,
  parameters: Readonly<Record<string, string>>,
): Answer {
  const query = new URLSearchParams({ ...parameters, ...(state !== undefined && { state }), iss: issuer });
  const location = `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
  const headers = [
    ['location', location],
    ['cache-control', 'no-store'],
    ['referrer-policy', 'no-referrer'],
  ] as const;
  return { status: 303, headers, body: new Uint8Array() };
}
