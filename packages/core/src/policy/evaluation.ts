import type { PolicyQuery } from '../contracts/policy.js';

/** A request of the AuthZEN Authorization API 1.0: JSON, for an engine elsewhere. */
export interface EvaluationRequest {
  readonly subject: EvaluationEntity;
  readonly action: { readonly name: string };
  readonly resource: EvaluationEntity;
  readonly context: Readonly<Record<string, unknown>>;
}

export interface EvaluationEntity {
  readonly type: string;
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Writes a question in the words of AuthZEN 1.0: what an adapter to another engine starts from. Sets become lists; what is not known is left out.
 * @example body: JSON.stringify(toEvaluation(query))
 */
export function toEvaluation({ principal, action, resource, context }: PolicyQuery): EvaluationRequest {
  const { subject, issuer, clientId, tenant, scheme, assurance, scopes, roles, permissions, claims } = principal;
  const { type = 'resource', id = '', owner, tenant: resourceTenant, properties } = resource;
  return {
    subject: {
      type: 'principal',
      id: subject,
      properties: known({ issuer, clientId, tenant, scheme, ...assurance, scopes: [...scopes], roles: [...roles], permissions: permissions && [...permissions], claims }),
    },
    action: { name: action },
    resource: { type, id, properties: known({ ...properties, owner, tenant: resourceTenant }) },
    context: known({ ...context.properties, time: context.now, address: context.address }),
  };
} // prettier-ignore

const known = (members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
