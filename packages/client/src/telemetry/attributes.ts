import type { ClientEvent } from '../client-event.js';

export type Attributes = Record<string, string | number>;

/** Attributes of an event, by the names of the semantic conventions where those have one. */
export function attributesOf(event: ClientEvent): {
  /** For series of numbers: few different values. */
  readonly series: Attributes;
  /** For one span beside them. */
  readonly span: Attributes;
} {
  switch (event.kind) {
    case 'call':
      return {
        series: {
          'http.request.method': event.method,
          ...(event.status !== undefined && { 'http.response.status_code': event.status }),
          ...errorOf(event.outcome, 'answered'),
        },
        span: { 'url.path': event.path, 'http.request.resend_count': Math.max(0, event.attempts - 1) },
      };
    case 'token-request':
      return {
        series: { 'server.address': new URL(event.endpoint).hostname, ...errorOf(event.outcome, 'obtained') },
        span: { 'url.full': event.endpoint, 'auth.client_id': event.clientId },
      };
    case 'token-revocation':
      return { series: { 'auth.event': event.kind, ...errorOf(event.outcome, 'revoked') }, span: {} };
    case 'retry':
      return { series: { 'auth.event': event.kind, 'auth.reason': event.reason }, span: {} };
    default:
      return { series: { 'auth.event': event.kind }, span: {} };
  }
}

const errorOf = (outcome: string, good: string): Attributes => (outcome === good ? {} : { 'error.type': outcome });
