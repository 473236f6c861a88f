import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { createPolicy, type PolicyData } from '../../src/policy.js';
import { createTestClock } from '../../src/testing.js';
import { startOfTests } from '../fixtures/guard.js';
import { someone } from '../fixtures/someone.js';

describe('a review of a policy', () => {
  it('tells who may do what, what nobody needed, what is over, and which roles are broad', () => {
    const eight = Array.from({ length: 8 }, (_, at) => `p:${at}`);
    const policy = createPolicy(
      {
        roles: {
          reader: { permissions: ['p:0'] },
          editor: { inherits: ['reader'], permissions: ['p:1'] },
          boss: { permissions: eight },
          root: { permissions: ['x:**'] },
        },
        rules: [{ id: 'never', effect: 'deny', permissions: ['p:7'], roles: ['reader'] }],
        grants: [
          { id: 'over', subject: 'ann', permissions: ['p:5'], expiresAt: '2025-12-31T00:00:00Z' },
          { id: 'still', subject: 'ann', permissions: ['p:6'], roles: ['editor'], expiresAt: '2026-12-31T00:00:00Z' },
        ],
      },
      { clock: createTestClock(startOfTests) },
    );
    policy.can(someone({ roles: ['reader'] }), 'p:0');
    policy.can(someone(), 'p:6');
    const review = policy.review({ people: [{ subject: 'ann', roles: ['ghost'] }, { subject: 'bob', roles: ['reader'] }] });
    expect(review.roles).toEqual([
      { role: 'reader', inherits: [], permissions: ['p:0'], heldBy: 1 },
      { role: 'editor', inherits: ['reader'], permissions: ['p:0', 'p:1'], heldBy: 0 },
      { role: 'boss', inherits: [], permissions: eight, heldBy: 0, broad: 'has 8 of 9 permissions' },
      { role: 'root', inherits: [], permissions: ['x:**'], heldBy: 0, broad: 'has x:**' },
    ]);
    expect(review.people).toEqual([
      { subject: 'ann', roles: ['editor', 'reader'], unknownRoles: ['ghost'], permissions: ['p:0', 'p:1', 'p:6'] },
      { subject: 'bob', roles: ['reader'], unknownRoles: [], permissions: ['p:0'] },
    ]);
    expect(review.expired).toEqual(['over']);
    expect(review.unused).toContain('never');
    expect(review.unused).toContain('over');
    expect(review.unused).not.toContain('still');
    expect(review.unused).not.toContain('roles.reader.permissions[0]');
    expect(policy.review({ broadShare: 1 }).roles[2]).not.toHaveProperty('broad');
  }); // prettier-ignore
});

describe('the JSON schema of policies', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../schema/policy.schema.json', import.meta.url), 'utf8'),
  ) as object;
  const validate = new Ajv2020({ strictTypes: false, strictRequired: false }).compile(schema);
  const rule = { effect: 'allow', permissions: ['a:b'] };
  const when = (condition: unknown) => ({ rules: [{ ...rule, when: condition }] });
  const takes = (data: unknown): boolean => {
    try {
      createPolicy(data as PolicyData, { conditions: { odd: () => true } });
      return true;
    } catch {
      return false;
    }
  };

  it.each([
    [{}],
    [{ roles: { a: {}, b: { inherits: ['a'], permissions: ['x:*', 'x:**', '**', '*:y'] } } }],
    [{ permissions: ['a:b'], rules: [{ ...rule, id: 'r', subjects: ['s', { issuer: 'i', subject: 's' }], resources: ['t'], anyTenant: true }] }],
    [{ grants: [{ subject: 'a', permissions: ['x:y'], expiresAt: '2026-01-01T00:00:00+01:00', notBefore: '2025-01-01T00:00:00.5Z' }] }],
    [{ shadow: { rules: [rule] } }],
    [when({ owner: false, address: ['::1'], hours: { from: '08:00', until: '24:00' }, days: ['mon'], scopes: ['s'], acr: ['a'], amr: ['b'], maxAgeSeconds: 0 })],
    [when({ attributes: { 'principal.claims.a.b': { equals: { attribute: 'context.x' } }, 'resource.n': { atLeast: 1, atMost: 2, in: ['a', 1, true] } } })],
    [when({ all: [{ owner: true }], any: [{ not: { condition: 'odd' } }], from: '2026-01-01T00:00:00Z' })],
  ])('takes what createPolicy takes: %j', (data) => {
    expect([validate(data), takes(data)]).toEqual([true, true]);
  }); // prettier-ignore

  it.each([
    [{ role: {} }],
    [{ roles: [] }],
    [{ roles: { a: { permissions: ['a:'] } } }],
    [{ roles: { a: { inherit: [] } } }],
    [{ rules: [{ ...rule, effect: 'permit' }] }],
    [{ rules: [{ effect: 'deny' }] }],
    [{ rules: [{ ...rule, roles: [] }] }],
    [{ permissions: ['a:*'] }],
    [{ grants: [{ subject: 'a', permissions: ['x:y'] }] }],
    [{ grants: [{ subject: 'a', expiresAt: '2026-01-01T00:00:00Z' }] }],
    [{ shadow: { shadow: {} } }],
    [when({})],
    [when({ ownr: true })],
    [when({ days: ['monday'] })],
    [when({ hours: { from: '8:00', until: '9:00' } })],
    [when({ attributes: { 'user.name': { equals: 'a' } } })],
    [when({ attributes: { 'resource.a': { like: 'a' } } })],
    [when({ any: [] })],
  ])('refuses what createPolicy refuses: %j', (data) => {
    expect([validate(data), takes(data)]).toEqual([false, false]);
  });
});
