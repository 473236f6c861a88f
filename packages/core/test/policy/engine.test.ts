import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';

import { DependencyError, type AuthRequest, type PolicyEngine, type Verdict } from '../../src/index.js';
import { createPolicy, runDecisions, toEvaluation, type ExpectedDecision, type PolicyQuery } from '../../src/policy.js';
import { allowed, benchOf, proves, refused, wordScheme } from '../fixtures/guard.js';
import { requestOf, sends } from '../fixtures/request.js';
import { someone } from '../fixtures/someone.js';

/** Another engine behind the same hook: Cedar. The README shows this as its example. */
function cedarEngine(policies: string): PolicyEngine {
  const preparsed = cedar.preparsePolicySet('orders', { staticPolicies: policies });
  if (preparsed.type === 'failure') throw new Error(preparsed.errors.map(({ message }) => message).join('; '));
  return {
    decide(query) {
      const { subject, action, resource, context } = toEvaluation(query);
      const principal = { type: 'User', id: subject.id };
      const roles = [...query.principal.roles].map((id) => ({ type: 'Role', id }));
      const target = { type: resource.type, id: resource.id };
      const answer = cedar.statefulIsAuthorized({
        principal,
        action: { type: 'Action', id: action.name },
        resource: target,
        context: context as never,
        preparsedPolicySetId: 'orders',
        entities: [
          { uid: principal, attrs: subject.properties as never, parents: roles },
          { uid: target, attrs: resource.properties as never, parents: [] },
        ],
      });
      if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
      const { decision, diagnostics } = answer.response;
      return { allow: decision === 'allow', rules: diagnostics.reason };
    },
  };
}

const policies = `
  @id("readers") permit (principal in Role::"reader", action == Action::"orders:read", resource);
  @id("owners") permit (principal, action == Action::"orders:cancel", resource is Order) when { resource.owner == principal.claims.name };
  forbid (principal, action, resource) when { context has address && context.address == "192.0.2.66" };
`;

const scheme = () => wordScheme('a', { verify: (word) => proves(word, { roles: new Set(['reader']) }) });
const ask = { scheme: 'a', permissions: ['orders:read'] } as const;
const benchWith = (decide: (query: PolicyQuery) => unknown) =>
  benchOf({ a: scheme() }, { policy: { decide } as PolicyEngine });

describe('an engine of somebody else', () => {
  it('decides what a route asks, and the event has its rules: Cedar', async () => {
    const { decide, events } = benchOf({ a: scheme() }, { policy: cedarEngine(policies) });
    allowed(await decide(ask, sends({ 'x-a': 'ann' })));
    refused(await decide({ scheme: 'a', permissions: ['orders:write'] }, sends({ 'x-a': 'ann' })));
    expect(events).toMatchObject([
      { outcome: 'allow', permissions: [{ permission: 'orders:read', outcome: 'allow', rules: ['policy0'] }] },
      { outcome: 'refuse', reason: 'policy-denied', permissions: [{ outcome: 'refuse', rules: [] }] },
    ]);
  });

  it('passes the same table of decisions as a policy of ours: Cedar', async () => {
    const table: readonly ExpectedDecision[] = [
      { principal: { subject: 'ann', roles: ['reader'] }, action: 'orders:read', allow: true },
      { principal: { subject: 'ann' }, action: 'orders:read', allow: false },
      { principal: { subject: 'ann', claims: { name: 'ann' } }, action: 'orders:cancel', resource: { type: 'Order', owner: 'ann' }, allow: true },
      { principal: { subject: 'bob', claims: { name: 'bob' } }, action: 'orders:cancel', resource: { type: 'Order', owner: 'ann' }, allow: false },
      { name: 'deny wins', principal: { subject: 'ann', roles: ['reader'] }, action: 'orders:read', context: { address: '192.0.2.66' }, allow: false },
    ];
    const ours = createPolicy({
      roles: { reader: { permissions: ['orders:read'] } },
      rules: [
        { effect: 'allow', permissions: ['orders:cancel'], resources: ['Order'], when: { owner: true } },
        { effect: 'deny', permissions: ['**'], when: { attributes: { 'context.address': { equals: '192.0.2.66' } } } },
      ],
    });
    // Cedar skips a deny whose attribute is missing; ours denies where it cannot be told. With an address both are asked the same.
    const told = table.map((line) => Object.assign({}, line, { context: { address: '192.0.2.1', ...line.context } }));
    for (const engine of [cedarEngine(policies), ours])
      expect((await runDecisions(engine, told)).filter(({ passed }) => !passed)).toEqual([]);
    const [first] = await runDecisions(ours, [{ ...told[1]!, allow: true, reason: 'ok' }]);
    expect(first).toMatchObject({ name: 'ann: orders:read', passed: false, verdict: { reason: 'permission-missing' } });
    expect(await runDecisions(ours, [{ ...told[1]!, reason: 'no-rule' }])).toMatchObject([{ passed: false }]);
  }); // prettier-ignore

  it.each([
    ['1', { allow: 1, rules: [] }, 'policy-denied'],
    ['an obligation that nobody here knows', { allow: true, rules: [], obligations: [{ id: 'watermark' }] }, 'obligation-unknown'],
    ['false, with a reason of its own', { allow: false, rules: [], reason: 'out-of-office' }, 'out-of-office'],
    ['a promise of false', Promise.resolve({ allow: false, rules: [] }), 'policy-denied'],
  ])('lets nobody in by %s', async (_, verdict, reason) => {
    const { decide, events } = benchWith(() => verdict);
    expect(refused(await decide(ask, sends({ 'x-a': 'ann' })))).toMatchObject({ status: 403, code: 'permission-denied' });
    expect(events).toMatchObject([{ outcome: 'refuse', reason, permissions: [{ outcome: 'refuse', reason }] }]);
  }); // prettier-ignore

  it.each([
    ['throws', () => { throw new Error('bug'); }, 500],
    ['answers nothing', () => undefined, 500],
    ['rejects', () => Promise.reject(new Error('bug')), 500],
    ['is down', () => Promise.reject(new DependencyError('dependency-unavailable')), 503],
  ])('refuses where it %s', async (_, decide, status) => {
    expect(refused(await benchWith(decide).decide(ask, sends({ 'x-a': 'ann' })))).toMatchObject({ status });
  }); // prettier-ignore

  it('may wait, is asked only of those who were proved and have all else, and not after the caller has gone', async () => {
    const asked: string[] = [];
    const gone = new AbortController();
    const { decide } = benchWith(async ({ principal, context }) => {
      asked.push(`${principal.subject} ${context.address}`);
      if (principal.subject === 'gone') gone.abort();
      return { allow: true, rules: [] } satisfies Verdict;
    });
    const any = { anyOf: [{ ...ask, scopes: ['never'] }, ask] } as const;
    allowed(await decide(any, sends({ 'x-a': 'ann' })));
    refused(await decide({ ...ask, roles: ['boss'] }, sends({ 'x-a': 'bob' })));
    refused(await decide(ask, requestOf()));
    expect(asked).toEqual(['ann 203.0.113.9']);
    const request = { ...sends({ 'x-a': 'gone' }), signal: gone.signal } as AuthRequest;
    await expect(Promise.resolve(decide(ask, request))).rejects.toThrow('aborted');
  });
});

describe('a policy of ours behind the guard', () => {
  it('knows subjects by the subject alone where a scheme has one issuer, and tells of refusals in handlers', async () => {
    const policy = createPolicy({ rules: [{ id: 'own', effect: 'allow', permissions: ['a:b'], when: { owner: true } }] });
    const bench = benchOf({ a: wordScheme('a', { issuer: 'https://i' }) }, { policy });
    const allow = allowed(await bench.decide({ scheme: 'a' }, sends({ 'x-a': 'ann' })));
    const who = allow.principal!;
    expect(policy.can(who, 'a:b', { type: 'order', id: '7', owner: 'ann' }, allow.context)).toBe(true);
    expect(bench.events).toHaveLength(1);
    expect(policy.can(who, 'a:b', { type: 'order', id: '8', owner: 'bob' }, allow.context)).toBe(false);
    expect(policy.explain(someone({ issuer: 'https://other' }), 'a:b', { owner: 'ann' }).reason).toBe('not-owner');
    expect(bench.events[1]).toMatchObject({
      kind: 'policy',
      outcome: 'refuse',
      reason: 'not-owner',
      issuer: 'https://i',
      subject: 'ann',
      resource: { type: 'order', id: '8' },
      permissions: [{ permission: 'a:b', outcome: 'refuse', reason: 'not-owner', rules: ['own'] }],
    });
    expect(allow.context).toEqual({ address: '203.0.113.9' });
  }); // prettier-ignore

  it('refuses a condition that fails, marks it as an error in the event, and tells onError (CWE-636)', async () => {
    const broken = () => {
      throw new Error('lost');
    };
    const rules = [{ id: 'r', effect: 'allow', permissions: ['orders:read'], when: { condition: 'broken' } }] as const;
    const errors: unknown[] = [];
    const policy = createPolicy({ rules }, { conditions: { broken } });
    const { decide, events } = benchOf({ a: scheme() }, { policy, onError: (error) => void errors.push(error) });
    refused(await decide(ask, sends({ 'x-a': 'ann' })));
    expect(events).toMatchObject([
      { outcome: 'refuse', reason: 'condition-error', permissions: [{ outcome: 'error', reason: 'condition-error', rules: ['r'] }] },
    ]);
    expect(errors).toMatchObject([{ name: 'ConditionError', cause: { message: 'lost' } }]);
  }); // prettier-ignore

  it('asks for permissions that the policy knows, by their names alone', async () => {
    const policy = createPolicy({ permissions: ['orders:read'], roles: { reader: { permissions: ['orders:read'] } } });
    const { decide } = benchOf({ a: scheme() }, { policy });
    allowed(await decide(ask, sends({ 'x-a': 'ann' })));
    await expect(async () => decide({ scheme: 'a', permissions: ['order:read'] }, requestOf())).rejects.toThrow('none of the policy');
    await expect(async () => decide({ scheme: 'a', permissions: ['orders:*'] }, requestOf())).rejects.toThrow('wildcards belong');
  }); // prettier-ignore
});
