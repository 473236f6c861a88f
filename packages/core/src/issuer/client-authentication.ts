import { decodeBase64 } from '../base/base64.js';
import { fromUtf8 } from '../base/bytes.js';
import type { EndpointContext } from '../contracts/endpoint.js';
import type { AuthRequest } from '../contracts/request.js';
import { FailureError } from '../errors/failure-error.js';
import { parseAuthorization } from '../http/authorization.js';
import { formatChallenge } from '../http/challenge.js';
import { proveAssertion } from './client-assertion.js';
import { proveCertificate } from './client-certificate.js';
import { findSecret } from './client-secrets.js';
import { isCertificateMethod, type Client } from './clients.js';
import { malformed, type Form } from './form.js';
import { OAuthRefusal } from './refusal.js';
import type { IssuerSettings } from './options.js';

/** A client that is who it says, and which of its credentials said so. A public client is only named. */
export interface AuthenticatedClient {
  readonly client: Client;
  readonly credentialId?: string;
}

/** What a request brings of one way of proving a client. */
type Attempt =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string | undefined; readonly assertion: string }
  | { readonly method: 'none'; readonly clientId: string | undefined };

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Authenticates the client of a request to the token endpoint and its like (RFC 6749 §2.3, RFC 7523 §2.2).
 * Checks: one way alone; the one that the client is registered for; the secret, the
 * assertion with its sole audience and its one use, or the certificate.
 * Tries are limited as everywhere: a wrong secret counts against the address and the client.
 * @throws OAuthRefusal, FailureError where a limit holds the caller up
 */
export async function authenticateClient(
  settings: IssuerSettings,
  { request, form }: { readonly request: AuthRequest; readonly form: Form },
  context: EndpointContext,
): Promise<AuthenticatedClient> {
  const attempt = findAttempt(request, form);
  const admission = await context.admit(JSON.stringify(['issuer', settings.issuer, attempt.clientId ?? '']));
  if (admission.kind === 'failure') throw new FailureError(admission);
  let outcome: 'right' | 'wrong' | 'neither' = 'neither';
  try {
    const proved = await prove(settings, { request, attempt }, context);
    // A public client proves nothing.
    outcome = proved.client.method === 'none' ? 'neither' : 'right';
    return proved;
  } catch (error) {
    if (error instanceof OAuthRefusal && error.error === 'invalid_client') outcome = 'wrong';
    throw error;
  } finally {
    await admission.end(outcome);
  }
}

async function prove(
  settings: IssuerSettings,
  { request, attempt }: { readonly request: AuthRequest; readonly attempt: Attempt },
  context: EndpointContext,
): Promise<AuthenticatedClient> {
  const challenged = request.headers.get('authorization') !== undefined || attempt.clientId === undefined;
  const refuse = (reason: string): OAuthRefusal =>
    new OAuthRefusal('invalid_client', reason, {
      headers:
        // RFC 6749 §5.2: a challenge where Authorization was used; here also where nothing named a client.
        challenged && attempt.method !== 'private_key_jwt'
          ? [['www-authenticate', formatChallenge('Basic', [['realm', context.realm]])]]
          : [],
    });
  if (attempt.method === 'private_key_jwt') return proveAssertion(settings, attempt, context);
  const client = attempt.clientId === undefined ? undefined : settings.clients.get(attempt.clientId);
  if (attempt.method === 'none') {
    if (client === undefined) throw refuse('client-unauthenticated');
    if (isCertificateMethod(client.method))
      return { client, credentialId: await proveCertificate(settings, client, { request, context }) };
    if (client.method !== 'none') throw refuse('client-method-mismatch');
    return { client };
  }
  const credentialId = findSecret(client?.secrets, attempt.secret, context.clock.now());
  if (client !== undefined && client.method !== attempt.method) throw refuse('client-method-mismatch');
  if (client === undefined || credentialId === undefined) throw refuse('client-unauthenticated');
  return { client, credentialId };
}

function findAttempt(request: AuthRequest, form: Form): Attempt {
  const basic = readBasic(request);
  const clientId = form.get('client_id');
  const secret = form.get('client_secret');
  const assertion = form.get('client_assertion');
  const type = form.get('client_assertion_type');
  if ([basic, secret, assertion].filter((each) => each !== undefined).length > 1)
    throw new OAuthRefusal('invalid_request', 'duplicate-credentials');
  // RFC 7521 §4.2
  if ((assertion === undefined) !== (type === undefined) || (type !== undefined && type !== jwtBearer))
    throw malformed();
  if (assertion !== undefined) return { method: 'private_key_jwt', clientId, assertion };
  if (basic !== undefined) {
    if (clientId !== undefined && clientId !== basic.clientId) throw malformed();
    return { method: 'client_secret_basic', ...basic };
  }
  if (secret === undefined) return { method: 'none', clientId };
  if (clientId === undefined) throw malformed();
  return { method: 'client_secret_post', clientId, secret };
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
function readBasic(request: AuthRequest): { readonly clientId: string; readonly secret: string } | undefined {
  const parsed = parseAuthorization(request);
  if (parsed.kind === 'absent') return undefined;
  if (parsed.kind === 'failure')
    throw new OAuthRefusal(
      'invalid_request',
      parsed.code === 'duplicate-credentials' ? parsed.code : 'malformed-request',
    );
  const bytes = parsed.authScheme === 'basic' ? decodeBase64(parsed.rest) : undefined;
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) throw malformed();
  const [clientId, secret] = [text.slice(0, colon), text.slice(colon + 1)].map(formDecode);
  if (clientId === undefined || secret === undefined) throw malformed();
  return { clientId, secret };
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
