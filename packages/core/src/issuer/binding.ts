import type { EndpointContext } from '../contracts/endpoint.js';
import type { Failure, HeaderList } from '../contracts/failure.js';
import type { AuthRequest } from '../contracts/request.js';
import { FailureError } from '../errors/failure-error.js';
import type { Issuing } from './access-token.js';
import { thumbprintOf } from './client-certificate.js';
import type { Client } from './clients.js';
import { OAuthRefusal } from './refusal.js';

/** The keys of a client that a token is bound to: `jkt` (RFC 9449 §6.1), `x5t#S256` (RFC 8705 §3.1). */
export interface Binding {
  readonly jkt?: string;
  readonly 'x5t#S256'?: string;
}

/** What a request proved beside its client. */
export interface ProvedKeys {
  /** Undefined where there is nothing to bind to. */
  readonly binding: Binding | undefined;
  /** For the answer: the next nonce, where this one is about to end. */
  readonly headers: HeaderList;
}

/**
 * Finds what the tokens of a request are bound to (RFC 9449 §5, RFC 8705 §3).
 * Checks: the proof, where one came and the client takes it; that there is what the client requires.
 * @throws OAuthRefusal
 */
export async function proveKeys(
  issuing: Issuing,
  client: Client,
  { request, context }: { readonly request: AuthRequest; readonly context: EndpointContext },
): Promise<ProvedKeys> {
  const { clientId, dpop, certificateBound } = client;
  const thumbprint = certificateBound === 'off' ? undefined : thumbprintOf(request, context);
  if (certificateBound === 'require' && thumbprint === undefined)
    throw new OAuthRefusal('invalid_request', 'token-not-bound', { clientId });
  const wantsProof = dpop === 'require' || (dpop === 'allow' && request.headers.getAll('dpop').length > 0);
  const certificate = thumbprint !== undefined && { 'x5t#S256': thumbprint };
  if (!wantsProof) return { binding: certificate === false ? undefined : certificate, headers: [] };
  const { alert, ...others } = context;
  const told = { ...others, alert: ({ reason }: { readonly reason: string }) => alert({ reason, clientId }) };
  const proved = await issuing.proveKey(request, told, issuing.settings.issuer);
  if (proved.kind === 'failure') throw refusalOf(proved, clientId);
  return { binding: { jkt: proved.thumbprint, ...certificate }, headers: proved.headers };
}

function refusalOf(failed: Failure, clientId: string): Error {
  const { code, reason, headers = [] } = failed;
  if (code === 'dpop-nonce-required') return new OAuthRefusal('use_dpop_nonce', code, { clientId, headers });
  if (code === 'invalid-dpop-proof') return new OAuthRefusal('invalid_dpop_proof', reason, { clientId });
  return new FailureError(failed);
}

/** Whether what was proved now holds all that was bound before. */
export function proves(binding: Binding | undefined, bound: Binding): boolean {
  return (['jkt', 'x5t#S256'] as const).every(
    (member) => bound[member] === undefined || bound[member] === binding?.[member],
  );
}
