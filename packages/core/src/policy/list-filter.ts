import { configurationError } from '../errors/configuration-error.js';
import type { CompiledPolicy, Rule } from './compile.js';
import { ConditionError, type Judged } from './condition.js';
import { candidatesOf, standingOf } from './decide.js';
import { allOf, anyOf, not, type Filter } from './filter.js';

/** What a policy leaves to ask of the resources of a type, for one principal and one action. */
export function filterOf(policy: CompiledPolicy, judged: Judged): Filter {
  const { action, principal, resource } = judged.query;
  const standing = standingOf(policy, principal, judged);
  const buckets = policy.index.find(action);
  const sameTenant = anyOf([
    { attribute: 'tenant', operator: 'absent' },
    principal.tenant !== undefined && { attribute: 'tenant', operator: 'equals', value: principal.tenant },
  ]);
  const denied = candidatesOf(buckets, 'deny', resource.type, standing).map(({ rule }) => residualOf(rule, judged, true));
  const allowed = candidatesOf(buckets, 'allow', resource.type, standing)
    .filter(({ rule }) => judged.now < rule.expiresAt && judged.now >= rule.notBefore)
    .map(({ rule }) => allOf([rule.anyTenant || sameTenant, residualOf(rule, judged, false)]));
  if (principal.permissions?.has(action) === true) allowed.push(sameTenant);
  return allOf([anyOf(allowed), not(anyOf(denied))]);
} // prettier-ignore

function residualOf({ condition, name }: Rule, judged: Judged, unknown: boolean): Filter {
  try {
    return condition?.residual(judged, unknown) ?? true;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw configurationError(name, 'not-a-filter', `${error.message}: ask can() of each, or write it as data`);
  }
}
