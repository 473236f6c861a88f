import type { EventTarget } from '../contracts/audit-event.js';
import type { CredentialAlert, Served } from '../contracts/endpoint.js';
import type { HeaderList } from '../contracts/failure.js';
import { answerJson } from '../http/json-answer.js';

/** Errors of RFC 6749 §5.2 and §4.1.2.1, RFC 8707 §2 and RFC 9449 §5, each with the one text that callers get. */
const descriptions = {
  invalid_request: 'The request is malformed',
  invalid_client: 'Client authentication failed',
  invalid_grant: 'The grant is not valid',
  unauthorized_client: 'The client may not use this grant',
  unsupported_grant_type: 'The grant type is not supported',
  unsupported_response_type: 'The response type is not supported',
  invalid_scope: 'The scope is not allowed',
  invalid_target: 'The resource is not allowed',
  access_denied: 'Access was denied',
  invalid_dpop_proof: 'The DPoP proof is not valid',
  use_dpop_nonce: 'The DPoP proof needs the nonce of this server',
} as const;

export type OAuthError = keyof typeof descriptions;

/** What an event tells of a refusal, beside its reason. */
export interface RefusalDetails {
  readonly clientId?: string;
  readonly subject?: string;
  readonly target?: EventTarget;
  readonly headers?: HeaderList;
  /** A further event: somebody should look into it. */
  readonly alert?: CredentialAlert;
}

/** Thrown inside of the issuer alone, where a request is refused in the form of OAuth 2.0; the endpoint answers with it. */
export class OAuthRefusal extends Error {
  readonly error: OAuthError;
  /** Finer than the error, and never told to the caller. */
  readonly reason: string;
  readonly details: RefusalDetails;

  constructor(error: OAuthError, reason: string, details: RefusalDetails = {}) {
    super(reason);
    this.name = 'OAuthRefusal';
    this.error = error;
    this.reason = reason;
    this.details = details;
  }
}

/** RFC 6749 §5.2: 401 where the client is not who it says, else 400. No input is repeated. */
export function answerRefusal({ error, reason, details }: OAuthRefusal): Served {
  const { headers = [], clientId, subject, target } = details;
  const body = { error, error_description: descriptions[error] };
  return {
    kind: 'served',
    answer: answerJson(error === 'invalid_client' ? 401 : 400, body, [['cache-control', 'no-store'], ...headers]),
    deed: {
      outcome: 'refuse',
      reason,
      code: `oauth:${error}`,
      ...(clientId !== undefined && { clientId }),
      ...(subject !== undefined && { subject }),
      ...(target !== undefined && { target }),
    },
  };
}

export const describeError = (error: OAuthError): string => descriptions[error];
