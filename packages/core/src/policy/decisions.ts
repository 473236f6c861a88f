import type { PolicyContext, PolicyEngine, Resource, Verdict } from '../contracts/policy.js';
import type { Principal } from '../contracts/principal.js';

/** A principal as a table has it: lists for sets, and what is left out is not known. */
export type TablePrincipal = Partial<Omit<Principal, 'scopes' | 'roles' | 'permissions'>> & {
  readonly subject: string;
  readonly scopes?: readonly string[];
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
};

/** One line of a decision table: data, written by hand or read from a file. */
export interface ExpectedDecision {
  readonly name?: string;
  readonly principal: TablePrincipal;
  readonly action: string;
  readonly resource?: Resource;
  readonly context?: PolicyContext;
  readonly allow: boolean;
  /** Left out: any. */
  readonly reason?: string;
}

export interface DecisionResult {
  /** That of the line, or what it asks in words. */
  readonly name: string;
  readonly passed: boolean;
  readonly expected: { readonly allow: boolean; readonly reason?: string };
  readonly verdict: Verdict;
}

/**
 * Asks a policy every line of a table of expected decisions: for a test of any framework.
 * @example
 * for (const { name, passed, verdict } of await runDecisions(policy, table)) test(name, () => assert(passed, JSON.stringify(verdict)));
 */
export async function runDecisions(
  policy: PolicyEngine,
  table: readonly ExpectedDecision[],
): Promise<readonly DecisionResult[]> {
  const results: DecisionResult[] = [];
  for (const { name, principal, action, resource = {}, context = {}, allow, reason } of table) {
    const verdict = await policy.decide({ principal: toPrincipal(principal), action, resource, context });
    const given: unknown = verdict.allow;
    const passed = (given === true) === allow && (reason === undefined || verdict.reason === reason);
    const expected = { allow, ...(reason !== undefined && { reason }) };
    results.push({ name: name ?? `${principal.subject}: ${action}`, passed, expected, verdict });
  }
  return results;
}

/** Makes a principal of what a table has: for tests and reports alone, since nobody proved it. */
function toPrincipal({ scopes = [], roles = [], permissions, ...rest }: TablePrincipal): Principal {
  return {
    scheme: 'table',
    type: 'table',
    issuer: null,
    claims: {},
    ...rest,
    scopes: new Set(scopes),
    roles: new Set(roles),
    ...(permissions !== undefined && { permissions: new Set(permissions) }),
  };
}
