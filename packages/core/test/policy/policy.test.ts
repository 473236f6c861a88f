import { describe, expect, it } from 'vitest';

import { isConfigurationError } from '../../src/index.js';
import { createPolicy, type PolicyContext, type PolicyData, type Resource, type RuleData } from '../../src/policy.js';
import { createTestClock } from '../../src/testing.js';
import { startOfTests } from '../fixtures/guard.js';
import { someone, type Some } from '../fixtures/someone.js';

const clock = () => createTestClock(startOfTests);

const roles = {
  reader: { permissions: ['orders:read'] },
  editor: { inherits: ['reader'], permissions: ['orders:write'] },
  admin: { permissions: ['orders:*', 'reports:**', '*:audit'] },
};

const reasonOf = (
  data: PolicyData,
  who: Some,
  {
    action = 'orders:read',
    resource = {},
    context = {},
  }: { action?: string; resource?: Resource; context?: PolicyContext } = {},
) => createPolicy(data, { clock: clock() }).explain(someone(who), action, resource, context).reason;

/** The reason of a policy of one rule that allows everybody under a condition. */
const under = (when: RuleData['when'], who: Some = {}, resource: Resource = {}, context = {}) =>
  reasonOf({ rules: [{ effect: 'allow', permissions: ['orders:read'], when: when! }] }, who, { resource, context });

describe('roles', () => {
  it('lets a role do what it permits and what it inherits, and names the rule and the role (ANSI INCITS 359)', () => {
    const policy = createPolicy({ roles });
    expect(policy.explain(someone({ roles: ['editor'] }), 'orders:read')).toEqual({
      allow: true,
      reason: 'ok',
      rules: ['roles.reader.permissions[0]'],
      roles: ['reader'],
    });
    expect(policy.explain(someone({ roles: ['reader'] }), 'orders:write')).toEqual({
      allow: false,
      reason: 'permission-missing',
      rules: [],
    });
  });

  it.each([
    ['one segment', 'orders:read', true],
    ['not two', 'orders:a:b', false],
    ['not none', 'orders', false],
    ['whole segments only', 'ordersx:read', false],
    ['any depth where ** is written out', 'reports:a:b:c', true],
    ['** as one or more, never none', 'reports', false],
    ['a first segment', 'anything:audit', true],
    ['no empty segment', 'orders:', false],
    ['no wildcard that is asked for', 'orders:*', false],
    ['no wildcard that is asked for at any depth', 'reports:**', false],
    ['no space', 'orders:a b', false],
    ['nothing', '', false],
  ])('a wildcard takes %s: %s', (_, action, allow) => {
    expect(createPolicy({ roles }).can(someone({ roles: ['admin'] }), action)).toBe(allow);
  });

  it('lists roles that the policy does not know, which permit nothing', () => {
    const verdict = createPolicy({ roles }).explain(someone({ roles: ['ghost', 'reader', 'Reader'] }), 'orders:write');
    expect(verdict).toMatchObject({ allow: false, reason: 'permission-missing', unknownRoles: ['ghost', 'Reader'] });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'gives the name %s no meaning: as a role, a permission, a subject, a type or an attribute (CWE-1321)',
    (name) => {
      const policy = createPolicy({
        roles,
        rules: [
          { effect: 'allow', permissions: ['a:b'], when: { attributes: { [`principal.claims.${name}`]: { equals: true } } } },
          { effect: 'allow', permissions: ['a:b'], when: { attributes: { [`resource.${name}.admin`]: { equals: true } } } },
        ],
        grants: [{ subject: 'bob', permissions: ['a:b'], expiresAt: '2030-01-01T00:00:00Z' }],
      });
      const claims = JSON.parse(`{"${name}":{"admin":true},"x":{"__proto__":{"admin":true}}}`) as object;
      const who = someone({ subject: name, roles: [name], claims });
      for (const action of [name, `orders:${name}`, 'orders:read', 'a:b'])
        expect(policy.can(who, action, { type: name, id: name, owner: name, properties: {} })).toBe(false);
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
      const named = createPolicy(JSON.parse(`{"roles":{"${name}":{"permissions":["a:b"]}}}`) as PolicyData);
      expect(named.can(someone({ roles: [name] }), 'a:b')).toBe(true);
      expect(named.can(someone({ roles: ['x'] }), 'a:b')).toBe(false);
    },
  ); // prettier-ignore

  it('keeps scopes, roles and permissions apart, and takes what a credential itself permits letter by letter', () => {
    expect(reasonOf({ roles }, { scopes: ['reader', 'orders:read'] })).toBe('permission-missing');
    expect(reasonOf({ roles }, { permissions: ['orders:*', '**', '*'] })).toBe('permission-missing');
    expect(reasonOf({ roles }, { permissions: ['orders:read'] })).toBe('ok');
  });
});

describe('rules', () => {
  const allow: RuleData = { effect: 'allow', roles: ['reader'], permissions: ['orders:delete'] };
  const deny: RuleData = { id: 'frozen', effect: 'deny', permissions: ['orders:*'] };

  it.each([
    ['after', [allow, deny]],
    ['before', [deny, allow]],
  ])('deny wins where it stands %s the allow, over roles and credentials too (XACML 3.0 deny-overrides)', (_, rules) => {
    const policy = createPolicy({ roles, rules });
    const verdict = { allow: false, reason: 'explicit-deny', rules: ['frozen'] };
    for (const action of ['orders:delete', 'orders:read'])
      expect(policy.explain(someone({ roles: ['reader'], permissions: [action] }), action)).toEqual(verdict);
  }); // prettier-ignore

  it('denies by default: what no rule speaks of has a reason of its own (CWE-862)', () => {
    expect(reasonOf({ roles, rules: [allow] }, { roles: ['admin'] }, { action: 'invoices:read' })).toBe('no-rule');
    expect(reasonOf({ roles, rules: [allow] }, {}, { action: 'orders:delete' })).toBe('permission-missing');
    expect(reasonOf({}, { roles: ['admin'] })).toBe('permission-missing');
  });

  it('holds for the types of resources, the subjects and the heirs of roles that it names, and for nobody else', () => {
    const rules: RuleData[] = [
      { effect: 'allow', roles: ['reader'], resources: ['order'], permissions: ['a:typed'] },
      { effect: 'allow', subjects: ['ann'], permissions: ['a:ours'] },
      { effect: 'allow', subjects: [{ issuer: 'https://i', subject: 'ann' }], permissions: ['a:theirs'] },
      { effect: 'allow', subjects: ['ann'], roles: ['reader'], permissions: ['a:both'] },
    ];
    const may = (who: Some, action: string, type?: string) =>
      createPolicy({ roles, rules }).can(someone(who), action, type === undefined ? {} : { type });
    expect(['order', 'bill', undefined].map((type) => may({ roles: ['editor'] }, 'a:typed', type))).toEqual([
      true,
      false,
      false,
    ]);
    expect([may({}, 'a:ours'), may({ issuer: 'https://i' }, 'a:ours'), may({ subject: 'bob' }, 'a:ours')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([may({ issuer: 'https://i' }, 'a:theirs'), may({}, 'a:theirs')]).toEqual([true, false]);
    // A subject of ours may be any text, and never somebody of another issuer.
    for (const subject of ['https://i\nann', '["https://i","ann"]']) expect(may({ subject }, 'a:theirs')).toBe(false);
    expect([may({ roles: ['editor'] }, 'a:both'), may({}, 'a:both')]).toEqual([true, false]);
    expect(may({ roles: ['editor'], subject: 'bob' }, 'a:both')).toBe(false);
  });
});

describe('conditions', () => {
  it.each([
    ['the owner', { subject: 'ann' }, { owner: 'ann' }, 'ok'],
    ['another', { subject: 'ann' }, { owner: 'bob' }, 'not-owner'],
    ['the owner of nothing', { subject: 'ann' }, {}, 'not-owner'],
    ['undefined for undefined', { subject: undefined as never }, { owner: undefined as never }, 'not-owner'],
    ['null for null', { subject: null as never }, { owner: null }, 'not-owner'],
    ['a subject of somebody else by the name of ours', { issuer: 'https://i' }, { owner: 'ann' }, 'not-owner'],
    ['by issuer and subject', { issuer: 'https://i' }, { owner: { issuer: 'https://i', subject: 'ann' } }, 'ok'],
    ['not by another issuer', { issuer: 'https://i' }, { owner: { issuer: 'https://j', subject: 'ann' } }, 'not-owner'],
    ['not ours by another issuer', {}, { owner: { issuer: 'https://j', subject: 'ann' } }, 'not-owner'],
  ])('owner: %s (CWE-639)', (_, who, resource, reason) => {
    expect(under({ owner: true }, who, resource)).toBe(reason);
  });

  it('keeps tenants apart whatever the role, unless a rule says anyTenant (CWE-639)', () => {
    const rules: RuleData[] = [{ effect: 'allow', roles: ['admin'], permissions: ['orders:audit'], anyTenant: true }];
    const reason = (tenant: string | undefined, of: string | null | undefined, action = 'orders:read') =>
      reasonOf({ roles, rules }, { roles: ['admin'], ...(tenant !== undefined && { tenant }) }, { action, resource: { ...(of !== undefined && { tenant: of }) } }); // prettier-ignore
    expect(reason('A', 'A')).toBe('ok');
    expect(reason('A', undefined)).toBe('ok');
    for (const [mine, its] of [
      ['A', 'B'],
      ['A', null],
      [undefined, 'A'],
      [undefined, null],
    ] as const)
      // prettier-ignore
      expect(reason(mine, its)).toBe('tenant-mismatch');
    expect(reason('A', 'B', 'orders:audit')).toBe('ok');
    expect(reasonOf({}, { permissions: ['orders:read'], tenant: 'A' }, { resource: { tenant: 'B' } })).toBe(
      'tenant-mismatch',
    );
  });

  it.each([
    ['an address in the range', { address: ['10.0.0.0/8'] }, { address: '10.1.2.3' }, true],
    ['an address outside', { address: ['10.0.0.0/8'] }, { address: '11.1.2.3' }, false],
    ['no address', { address: ['0.0.0.0/0', '::/0'] }, {}, false],
    ['a time that has come', { from: '2026-01-01T00:00:00Z' }, {}, true],
    ['a time to come', { from: '2026-01-01T01:00:01+01:00' }, {}, false],
    ['until before', { until: '2026-01-01T00:00:00Z' }, {}, false],
    ['hours over midnight', { hours: { from: '22:00', until: '00:01' } }, {}, true],
    ['hours that are over', { hours: { from: '22:00', until: '00:00' } }, {}, false],
    ['hours of the day', { hours: { from: '00:00', until: '00:01' } }, {}, true],
    ['the day of the week: 2026 began on a Thursday', { days: ['thu'] }, {}, true],
    ['another day', { days: ['mon', 'fri'] }, {}, false],
    ['what the context holds', { attributes: { 'context.channel': { equals: 'branch' } } }, { properties: { channel: 'branch' } }, true], // prettier-ignore
    ['what no context holds', { attributes: { 'context.channel': { equals: 'branch' } } }, {}, false],
  ] as const)('the moment: %s', (_, when, context, allow) => {
    expect(under(when as RuleData['when'], {}, {}, context)).toBe(allow ? 'ok' : 'condition-unmet');
  });

  it.each([
    ['all scopes', { scopes: ['r', 'w'] }, { scopes: ['r', 'w'] }, true],
    ['a scope too few', { scopes: ['r', 'w'] }, { scopes: ['r'] }, false],
    ['one context', { acr: ['gold', 'silver'] }, { assurance: { acr: 'silver' } }, true],
    ['no context', { acr: ['gold'] }, { assurance: {} }, false],
    ['all methods', { amr: ['pwd', 'otp'] }, { assurance: { amr: ['otp', 'pwd'] } }, true],
    ['a method too few', { amr: ['pwd', 'otp'] }, { assurance: { amr: ['pwd'] } }, false],
    ['fresh enough', { maxAgeSeconds: 60 }, { assurance: { authenticatedAt: startOfTests - 60 } }, true],
    ['too old', { maxAgeSeconds: 60 }, { assurance: { authenticatedAt: startOfTests - 61 } }, false],
    ['nobody knows how old', { maxAgeSeconds: 60 }, {}, false],
    ['a claim', { attributes: { 'principal.claims.department': { in: ['law', 'tax'] } } }, { claims: { department: 'tax' } }, true],
    ['a claim that is a list', { attributes: { 'principal.claims.groups': { equals: 'x' } } }, { claims: { groups: ['y', 'x'] } }, true],
    ['a number in text', { attributes: { 'principal.claims.level': { atLeast: 3 } } }, { claims: { level: '9' } }, false],
    ['a number at its bounds', { attributes: { 'principal.claims.level': { atLeast: 3, atMost: 3 } } }, { claims: { level: 3 } }, true],
    ['true for 1', { attributes: { 'principal.claims.level': { equals: true } } }, { claims: { level: 1 } }, false],
    ['two attributes', { attributes: { 'principal.claims.home': { equals: { attribute: 'principal.tenant' } } } }, { tenant: 'A', claims: { home: 'A' } }, true],
    ['two that are not there', { attributes: { 'principal.claims.home': { equals: { attribute: 'principal.tenant' } } } }, {}, false],
    ['any', { any: [{ scopes: ['r'] }, { acr: ['gold'] }] }, { scopes: ['r'] }, true],
    ['all', { all: [{ scopes: ['r'] }, { acr: ['gold'] }] }, { scopes: ['r'] }, false],
    ['not', { not: { scopes: ['r'] } }, {}, true],
    ['not of what cannot be told', { not: { acr: ['gold'] } }, {}, false],
    ['several members at once', { scopes: ['r'], acr: ['gold'] }, { scopes: ['r'], assurance: { acr: 'gold' } }, true],
  ] as const)('the principal: %s', (_, when, who, allow) => {
    expect(under(when as unknown as RuleData['when'], who as Some)).toBe(allow ? 'ok' : 'condition-unmet');
  }); // prettier-ignore

  it('denies where it cannot be told whether the condition of a deny holds', () => {
    const rules: RuleData[] = [
      { effect: 'allow', permissions: ['orders:read'] },
      { effect: 'deny', permissions: ['orders:read'], when: { attributes: { 'resource.level': { equals: 'secret' } } } },
    ]; // prettier-ignore
    const reason = (properties: object) => reasonOf({ rules }, {}, { resource: { properties: { ...properties } } });
    expect(reason({ level: 'public' })).toBe('ok');
    expect(reason({ level: 'secret' })).toBe('explicit-deny');
    expect(reason({})).toBe('explicit-deny');
  });

  it.each([
    ['true', () => true, 'ok'],
    ['false', () => false, 'condition-unmet'],
    ['an error', () => { throw new Error('down'); }, 'condition-error'],
    ['1', () => 1, 'condition-error'],
    ['an object', () => ({}), 'condition-error'],
    ['nothing', () => undefined, 'condition-error'],
    ['a promise of true', () => Promise.resolve(true), 'condition-error'],
    ['a promise that rejects', () => Promise.reject(new Error('down')), 'condition-error'],
  ])('in code: only a literal true holds, not %s, and a deny that fails denies (CWE-636)', async (_, run, reason) => {
    const conditions = { onCall: run as () => boolean };
    const rule = { permissions: ['orders:read'], when: { condition: 'onCall' } } as const;
    const policy = createPolicy({ rules: [{ ...rule, effect: 'allow' }] }, { conditions });
    expect(policy.explain(someone(), 'orders:read').reason).toBe(reason);
    const denying = createPolicy({ rules: [{ ...rule, effect: 'deny' }, { effect: 'allow', permissions: ['**'] }] }, { conditions });
    expect(denying.can(someone(), 'orders:read')).toBe(reason === 'condition-unmet');
    // A rejection that nobody took would end this test.
    await new Promise((resolve) => setImmediate(resolve));
  }); // prettier-ignore

  it('tells why of several rules that did not hold: what is broken first', () => {
    const rules: RuleData[] = [
      { effect: 'allow', permissions: ['a:b'], when: { owner: true } },
      { id: 'broken', effect: 'allow', permissions: ['a:b'], when: { condition: 'broken' } },
      { effect: 'allow', permissions: ['a:b'], when: { scopes: ['x'] } },
    ];
    const policy = createPolicy({ rules }, { conditions: { broken: () => 5 as never } });
    expect(policy.explain(someone(), 'a:b')).toMatchObject({ reason: 'condition-error', rules: ['broken'] });
  });
});

describe('grants', () => {
  const data: PolicyData = {
    roles,
    grants: [
      { id: 'night', subject: 'ann', permissions: ['orders:delete'], expiresAt: '2026-01-01T01:00:00Z' },
      { subject: 'ann', roles: ['editor'], expiresAt: '2026-01-01T01:00:00Z', notBefore: '2026-01-01T00:30:00Z' },
    ],
  };

  it('hold from the one moment to the other, by the injected clock, and are over at their end', () => {
    const time = clock();
    const policy = createPolicy(data, { clock: time });
    const reasons = () => ['orders:delete', 'orders:read'].map((action) => policy.explain(someone(), action).reason);
    expect(reasons()).toEqual(['ok', 'permission-missing']);
    time.advance(1800);
    expect(reasons()).toEqual(['ok', 'ok']);
    expect(policy.decideRoles!({ principal: someone(), roles: ['reader'], context: {} })).toMatchObject({ allow: true });
    time.advance(1799.5);
    expect(reasons()).toEqual(['ok', 'ok']);
    time.advance(0.5);
    expect(reasons()).toEqual(['grant-expired', 'grant-expired']);
    const asked = { principal: someone(), roles: ['editor'], context: {} };
    expect(policy.decideRoles!(asked)).toMatchObject({ allow: false, reason: 'grant-expired' });
    expect(policy.explain(someone({ subject: 'bob' }), 'orders:delete').reason).toBe('permission-missing');
  }); // prettier-ignore
});

describe('replace', () => {
  it('takes a policy whole or not at all, and says so', () => {
    const policy = createPolicy({ roles });
    const notes: unknown[] = [];
    const part = policy.attach!({ issuers: new Set(), record: (note) => void notes.push(note), onError: () => undefined });
    const wrong = { roles: { reader: { permissions: ['orders:write'] }, a: { inherits: ['a'] } } };
    expect(() => policy.replace(wrong)).toThrow('roles.a.inherits');
    expect(policy.can(someone({ roles: ['reader'] }), 'orders:read')).toBe(true);
    policy.replace({ roles: { reader: { permissions: ['orders:write'] } } });
    expect(policy.explain(someone({ roles: ['reader'] }), 'orders:read').allow).toBe(false);
    expect(notes).toEqual([
      { outcome: 'alert', reason: 'policy-rejected', faults: [{ path: 'roles.a.inherits', reason: 'role-cycle' }] },
      { outcome: 'alert', reason: 'policy-replaced' },
    ]);
    part();
    policy.replace({});
    expect(notes).toHaveLength(2);
  }); // prettier-ignore

  it('is a copy: what becomes of the object that was given changes nothing', () => {
    const data = structuredClone({ roles }) as { roles: Record<string, { permissions: string[] }> };
    const policy = createPolicy(data);
    data.roles['reader']!.permissions.push('orders:delete');
    expect(policy.can(someone({ roles: ['reader'] }), 'orders:delete')).toBe(false);
  });
});

describe('shadow', () => {
  it('tells what a second policy would have said otherwise, and never decides', () => {
    const notes: unknown[] = [];
    const policy = createPolicy({ roles, shadow: { roles: { reader: {}, admin: { permissions: ['**'] } } } });
    policy.attach!({ issuers: new Set(), record: (note) => void notes.push(note), onError: () => undefined });
    expect(policy.explain(someone({ roles: ['reader'] }), 'orders:read')).toMatchObject({
      allow: true,
      shadow: { allow: false, reason: 'permission-missing' },
    });
    expect(policy.explain(someone({ roles: ['admin'] }), 'x:y')).toMatchObject({ allow: false, shadow: { allow: true } });
    expect(policy.explain(someone({ roles: ['admin'] }), 'orders:read')).not.toHaveProperty('shadow');
    expect(policy.can(someone({ roles: ['reader'] }), 'orders:read')).toBe(true);
    expect(notes).toMatchObject([{ outcome: 'allow', reason: 'ok', verdict: { shadow: { allow: false } } }]);
  }); // prettier-ignore
});

describe('what is wrong with a policy is said at start, with its place', () => {
  const cycleOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`r${at}`, { inherits: [`r${(at + 1) % count}`] }]));
  const rule = { effect: 'allow', permissions: ['a:b'] };
  const grant = { subject: 'ann', roles: ['r'], expiresAt: '2026-01-01T00:00:00Z' };
  const when = (condition: unknown) => ({ rules: [{ ...rule, when: condition }] });

  it.each([
    ['no object', null, [' invalid-option']],
    ['a misspelt member', { role: {} }, ['role unknown-option']],
    ['a cycle of two', { roles: cycleOf(2) }, ['roles.r0.inherits role-cycle', 'roles.r1.inherits role-cycle']],
    ['a role that inherits itself', { roles: cycleOf(1) }, ['roles.r0.inherits role-cycle']],
    ['a role that is none, and whoever inherits a cycle is not in it', { roles: { ...cycleOf(1), b: { inherits: ['r0', 'c'] } } }, ['roles.b.inherits unknown-role', 'roles.r0.inherits role-cycle']],
    ['roles of a wrong form', { roles: { a: null, b: { permission: [] }, c: { permissions: 'x' }, d: { inherits: [1] } } }, ['roles.a invalid-option', 'roles.b.permission unknown-option', 'roles.c.permissions invalid-option', 'roles.d.inherits[0] invalid-option']],
    ['permissions that are none', { roles: { a: { permissions: ['a:', 'a b', 'a*', '**:b', ''] } } }, ['roles.a.permissions[0] invalid-option']],
    ['rules that are no list', { rules: {} }, ['rules invalid-option']],
    ['rules of a wrong form', { rules: [{ ...rule, effect: 'permit', role: [] }, { effect: 'deny' }, 5] }, ['rules[0].role unknown-option', 'rules[0].effect invalid-option', 'rules[1].permissions invalid-option', 'rules[2] invalid-option']],
    ['roles that are none', { roles: { r: {} }, rules: [{ ...rule, roles: ['R'] }], grants: [{ ...grant, roles: ['s'] }] }, ['rules[0].roles unknown-role', 'grants[0].roles unknown-role']],
    ['an empty list, which would be for nobody', { rules: [{ ...rule, roles: [] }, { ...rule, subjects: [] }, { ...rule, resources: [] }] }, ['rules[0].roles invalid-option', 'rules[1].subjects invalid-option', 'rules[2].resources invalid-option']],
    ['one id twice', { rules: [{ ...rule, id: 'x' }, { ...rule, id: 'x' }] }, ['rules[1].id duplicate-id']],
    ['anyTenant of a deny', { rules: [{ ...rule, effect: 'deny', anyTenant: true }] }, ['rules[0].anyTenant invalid-option']],
    ['a grant for ever', { roles: { r: {} }, grants: [{ subject: 'ann', roles: ['r'] }] }, ['grants[0].expiresAt invalid-option']],
    ['a grant until a day that no year has', { grants: [{ ...grant, expiresAt: '2026-02-30T00:00:00Z' }], roles: { r: {} } }, ['grants[0].expiresAt invalid-option']],
    ['a grant of nothing, to nobody, at no time', { grants: [{ subject: '', expiresAt: '2026-01-01', notBefore: 5 }] }, ['grants[0].subject invalid-option', 'grants[0] invalid-option', 'grants[0].expiresAt invalid-option', 'grants[0].notBefore invalid-option']],
    ['a permission that is misspelt', { permissions: ['orders:read'], roles: { r: { permissions: ['orders:*', 'order:read'] } } }, ['roles.r.permissions unknown-permission']],
    ['a wildcard among the permissions there are', { permissions: ['orders:*'] }, ['permissions[0] invalid-option']],
    ['an empty condition', when({}), ['rules[0].when invalid-option']],
    ['a misspelt condition', when({ owners: true, attribute: {} }), ['rules[0].when.owners unknown-option', 'rules[0].when.attribute unknown-option']],
    ['a condition in code that was not given', when({ condition: 'toString' }), ['rules[0].when.condition unknown-condition']],
    ['conditions of a wrong form', when({ owner: 1, address: ['10.0.0.1/8'], hours: { from: '8:00', until: '9:00' }, days: ['sunday'], maxAgeSeconds: -1, acr: [] }), ['owner', 'address', 'hours', 'days', 'maxAgeSeconds', 'acr'].map((name) => `rules[0].when.${name} invalid-option`)],
    ['a path that leads nowhere', when({ attributes: { 'principal.password': { equals: 1 }, resource: { in: ['a'] }, 'user.name': { equals: 'a' } } }), ['principal.password', 'resource', 'user.name'].map((name) => `rules[0].when.attributes.${name} unknown-attribute`)],
    ['a comparison that is none', when({ attributes: { 'resource.a': { like: 'x' }, 'resource.b': {}, 'resource.c': { atLeast: '3' }, 'resource.d': { equals: { attribute: 'x' } } } }), ['rules[0].when.attributes.resource.a.like unknown-option', 'rules[0].when.attributes.resource.b invalid-option', 'rules[0].when.attributes.resource.c.atLeast invalid-option', 'rules[0].when.attributes.resource.d.equals invalid-option']],
    ['what is wrong deep inside', when({ any: [{ not: { all: [{ owner: true }, { ownr: true }] } }] }), ['rules[0].when.any[0].not.all[1].ownr unknown-option']],
    ['a shadow that is wrong, or has one itself', { shadow: { roles: cycleOf(1), shadow: {} } }, ['shadow.roles.r0.inherits role-cycle']],
  ])('%s', (_, data, faults) => {
    let found: readonly string[] = [];
    try {
      createPolicy(data as PolicyData);
    } catch (error) {
      if (!isConfigurationError(error)) throw error;
      found = error.faults.map(({ path, reason }) => `${path} ${reason}`);
    }
    expect(found).toEqual(faults);
  }); // prettier-ignore

  it('finds a cycle of 50, and takes a line of 5 000 roles', () => {
    expect(() => createPolicy({ roles: cycleOf(50) })).toThrow('roles.r49.inherits');
    const line = { ...cycleOf(5000), r4999: { permissions: ['a:b'] } };
    expect(createPolicy({ roles: line }).can(someone({ roles: ['r0'] }), 'a:b')).toBe(true);
  });
});
