import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createPolicy, matchesFilter, type ConditionData, type Filter, type Resource } from '../../src/policy.js';
import { someone } from '../fixtures/someone.js';

// Node 20 has no SQLite: there what is in memory is held against can() alone.
const sqlite = await import('node:sqlite').catch(() => undefined);

/** Makes what finds the rows of a condition in a database. */
function createDatabase(): ((filter: Filter) => ReadonlySet<unknown>) | undefined {
  if (sqlite === undefined) return undefined;
  const database = new sqlite.DatabaseSync(':memory:');
  database.exec('CREATE TABLE orders (id INTEGER, owner TEXT, tenant TEXT, status TEXT, amount INTEGER)');
  const insert = database.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?)');
  for (const [id, { owner, tenant, status, amount }] of orders.entries()) insert.run(id, owner, tenant, status, amount);
  return (filter) => {
    const values: (string | number)[] = [];
    const rows = database.prepare(`SELECT id FROM orders WHERE ${toSql(filter, values)}`).all(...values);
    return new Set(rows.map(({ id }) => id));
  };
}

/** A filter as a condition of SQL, as an application would write it for its table. */
function toSql(filter: Filter, values: (string | number)[]): string {
  if (typeof filter === 'boolean') return filter ? '1' : '0';
  if ('all' in filter) return `(${filter.all.map((part) => toSql(part, values)).join(' AND ')})`;
  if ('any' in filter) return `(${filter.any.map((part) => toSql(part, values)).join(' OR ')})`;
  if ('not' in filter) return `NOT ${toSql(filter.not, values)}`;
  const column = { id: 'id', owner: 'owner', tenant: 'tenant', status: 'status', amount: 'amount' }[filter.attribute];
  // The table has no such column: nothing is known of it.
  if (filter.operator === 'absent') return column === undefined ? '1' : '0';
  if (column === undefined) return 'NULL';
  const given = [filter.value].flat().map((value) => (typeof value === 'boolean' ? Number(value) : value));
  values.push(...given);
  const operator = { equals: '=', in: 'IN', atLeast: '>=', atMost: '<=' }[filter.operator];
  return `${column} ${operator} ${filter.operator === 'in' ? `(${given.map(() => '?').join(', ')})` : '?'}`;
}

const statuses = ['open', 'paid'];
const condition: fc.Arbitrary<ConditionData> = fc.letrec<{ one: ConditionData }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.boolean().map((owner): ConditionData => ({ owner })),
    fc.subarray(statuses, { minLength: 1 }).map((list): ConditionData => ({ attributes: { 'resource.status': { in: list } } })),
    fc.constantFrom(...statuses).map((status): ConditionData => ({ attributes: { 'resource.status': { equals: status } } })),
    fc.nat(3).map((least): ConditionData => ({ attributes: { 'resource.amount': { atLeast: least } } })),
    fc.constant<ConditionData>({ attributes: { 'resource.status': { equals: { attribute: 'principal.claims.likes' } } } }),
    fc.constant<ConditionData>({ acr: ['gold'] }),
    fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((all): ConditionData => ({ all })),
    fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((any): ConditionData => ({ any })),
    tie('one').map((not): ConditionData => ({ not })),
  ),
})).one; // prettier-ignore

const rule = fc.record(
  { effect: fc.constantFrom('allow', 'allow', 'deny'), permissions: fc.constant(['orders:read']), when: condition, resources: fc.constant(['order']), roles: fc.constant(['reader']) },
  { requiredKeys: ['effect', 'permissions'] },
); // prettier-ignore
const people = ['ann', 'bob'].flatMap((subject) =>
  [{}, { tenant: 'A' }].flatMap((tenant) =>
    [{}, { assurance: { acr: 'gold' } }, { claims: { likes: 'open' }, roles: ['reader'] }].map((more) => someone({ subject, ...tenant, ...more })),
  ),
); // prettier-ignore
const orders = [null, 'ann', 'bob'].flatMap((owner) =>
  [null, 'A', 'B'].flatMap((tenant) =>
    [null, ...statuses].flatMap((status) => [null, 1, 3].map((amount) => ({ owner, tenant, status, amount }))),
  ),
);
const toResource = ({ owner, tenant, status, amount }: (typeof orders)[number]): Resource => ({
  type: 'order',
  owner,
  tenant,
  properties: { status, amount },
});

describe('lists of what a principal may see', () => {
  it('chooses, in a database and in memory, those that can() lets through one by one, whatever the policy', () => {
    const findRows = createDatabase();
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), fc.constantFrom(...people), (rules, who) => {
        const policy = createPolicy({ roles: { reader: {} }, rules });
        const one = orders.map((order) => policy.explain(who, 'orders:read', toResource(order)).allow);
        const filter = policy.filter(who, 'orders:read', 'order');
        const chosen = findRows?.(filter);
        expect(chosen === undefined ? one : orders.map((_, id) => chosen.has(id))).toEqual(one);
        expect(orders.map((order) => matchesFilter(filter, toResource(order)))).toEqual(one);
        const expected = orders.filter((_, id) => one[id]);
        expect(policy.select(who, 'orders:read', orders, toResource)).toEqual(expected);
      }),
      { numRuns: 300, seed: 13 },
    );
  });

  it('is plain data: what is known of the principal and the moment is decided already', () => {
    const policy = createPolicy({
      rules: [
        { effect: 'allow', permissions: ['orders:read'], when: { owner: true, acr: ['gold'] } },
        { effect: 'deny', permissions: ['orders:*'], when: { attributes: { 'resource.status': { equals: 'secret' } } } },
      ],
    }); // prettier-ignore
    expect(policy.filter(someone(), 'orders:read', 'order')).toBe(false);
    const strong = someone({ assurance: { acr: 'gold' }, tenant: 'A' });
    expect(JSON.parse(JSON.stringify(policy.filter(strong, 'orders:read', 'order')))).toEqual({
      all: [
        {
          all: [
            {
              any: [
                { attribute: 'tenant', operator: 'absent' },
                { attribute: 'tenant', operator: 'equals', value: 'A' },
              ],
            },
            {
              all: [
                { attribute: 'owner', operator: 'equals', value: 'ann' },
                { attribute: 'ownerIssuer', operator: 'absent' },
              ],
            },
          ],
        },
        { not: { attribute: 'status', operator: 'equals', value: 'secret' } },
      ],
    });
    expect(createPolicy({ rules: [{ effect: 'allow', permissions: ['**'], anyTenant: true }] }).filter(strong, 'orders:read', 'order')).toBe(true);
  }); // prettier-ignore

  it('does not pretend to hold a condition in code', () => {
    const rules = [{ effect: 'allow', permissions: ['orders:read'], when: { condition: 'odd' } }] as const;
    const policy = createPolicy({ rules }, { conditions: { odd: () => true } });
    expect(() => policy.filter(someone(), 'orders:read', 'order')).toThrow(/rules\[0\].*no filter can hold/);
    expect(policy.select(someone(), 'orders:read', [{ id: 'x' }], ({ id }) => ({ id }))).toEqual([{ id: 'x' }]);
  }); // prettier-ignore
});
