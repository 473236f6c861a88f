import { crypto } from '#crypto';

import { toHex } from '../base/bytes.js';
import type { Allow } from '../contracts/decision.js';
import type { Principal } from '../contracts/principal.js';

/** What a handler of the conformance program knows of a request that was let through. */
export interface Pass {
  readonly allow: Pick<Allow, 'principal' | 'principals'>;
  readonly method: string;
  readonly target: string;
  /** As the handler read it. */
  readonly body: Uint8Array;
}

/** The JSON that a passing route of the conformance program answers with, the same bytes in every framework. */
export function describePass({ allow, method, target, body }: Pass): string {
  return JSON.stringify({
    principal: describePrincipal(allow.principal),
    principals: Object.values(allow.principals).map(describePrincipal),
    method,
    path: target.replace(/[?#].*$/s, ''),
    bodyLength: body.length,
    bodySha256: toHex(crypto.sha256(body)),
  });
}

function describePrincipal(principal: Principal | null): object | null {
  if (principal === null) return null;
  const { scheme, issuer, subject, clientId, credentialId, confirmation, scopes, roles, claims } = principal;
  return {
    scheme,
    issuer,
    subject,
    clientId: clientId ?? null,
    credentialId: credentialId ?? null,
    confirmation: confirmation ?? null,
    scopes: [...scopes],
    roles: [...roles],
    claims,
  };
}
