import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { createMongoAbility, subject } from '@casl/ability';
import type { Principal } from '@auth/core';
import { createPolicy, type PolicyData } from '@auth/core/policy';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';

import { cpuMicroseconds, cpuRatio, tableOf } from '../measure/compare.js';
import { race, type Case } from '../measure/race.js';
import type { Section } from './section.js';

const nameOf = (what: string, count: number): string => `${what}, ${count} rules`;
const plain = '@auth/core';
const conditional = '@auth/core, owner';

/** One decision by policies of several sizes: rule n lets role n do action n. The last is asked, which a scan finds last. */
export const policy: Section = async ({ pace, ruleCounts }) => {
  const cases = (await Promise.all(ruleCounts.map(casesOf))).flat();
  const laps = await race(cases, pace, true);
  const first = ruleCounts[0]!;
  const most = ruleCounts.at(-1)!;
  return {
    tables: [tableOf('policy: one decision', laps, nameOf(plain, first))],
    targets: [
      { what: `policy: ${nameOf('one decision', most)}`, measured: cpuMicroseconds(laps, nameOf(plain, most)), limit: 1, unit: 'us' },
      { what: `policy: ${most} rules / ${first}`, measured: cpuRatio(laps, nameOf(plain, most), nameOf(plain, first)).median, limit: 4, unit: 'x' },
    ],
  };
}; // prettier-ignore

async function casesOf(count: number): Promise<readonly Case[]> {
  const last = count - 1;
  return [
    ...ourCases(count, last),
    { name: nameOf('casl', count), judge: caslJudge(count, last) },
    // Both scan: what takes minutes at this size says nothing more.
    ...(count > 10_000
      ? []
      : [
          { name: nameOf('casbin', count), judge: await casbinJudge(count, last) },
          { name: nameOf('cedar', count), judge: cedarJudge(count, last) },
        ]),
  ];
}

function ourCases(count: number, last: number): readonly Case[] {
  const roles = Object.fromEntries(Array.from({ length: count }, (_, at) => [`role${at}`, {}]));
  const rulesWith = (when: object): PolicyData => ({
    roles,
    rules: Array.from({ length: count }, (_, at) => ({ effect: 'allow', roles: [`role${at}`], permissions: [`orders:action${at}`], ...when })),
  });
  const free = createPolicy(rulesWith({}));
  const owned = createPolicy(rulesWith({ when: { owner: true } }));
  const principal: Principal = { scheme: 'keys', type: 'apiKey', issuer: null, subject: 'ann', scopes: new Set(), roles: new Set([`role${last}`]), claims: {} };
  const action = `orders:action${last}`;
  const resource = { type: 'order', owner: 'ann' };
  return [
    { name: nameOf(plain, count), judge: () => free.can(principal, action, resource) },
    { name: nameOf(conditional, count), judge: () => owned.can(principal, action, resource) },
  ];
} // prettier-ignore

/** Its rules have no roles: they are those of one user, as its documentation has it. */
function caslJudge(count: number, last: number): Case['judge'] {
  const ability = createMongoAbility(
    Array.from({ length: count }, (_, at) => ({ action: `action${at}`, subject: 'order', conditions: { owner: 'ann' } })),
  );
  return () => ability.can(`action${last}`, subject('order', { owner: 'ann' }));
} // prettier-ignore

const casbinModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`;

async function casbinJudge(count: number, last: number): Promise<Case['judge']> {
  const lines = Array.from({ length: count }, (_, at) => `p, role${at}, order, action${at}`);
  const enforcer = await newEnforcer(newModelFromString(casbinModel), new StringAdapter(lines.join('\n')));
  return () => enforcer.enforceSync(`role${last}`, 'order', `action${last}`);
}

function cedarJudge(count: number, last: number): Case['judge'] {
  const id = `bench-${count}`;
  const staticPolicies = Array.from(
    { length: count },
    (_, at) => `permit (principal in Role::"role${at}", action == Action::"action${at}", resource is Order);`,
  ).join('\n');
  const parsed = cedar.preparsePolicySet(id, { staticPolicies });
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '));
  const principal = { type: 'User', id: 'ann' };
  return () => {
    const answer = cedar.statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: `action${last}` },
      resource: { type: 'Order', id: '1' },
      context: {},
      preparsedPolicySetId: id,
      entities: [{ uid: principal, attrs: {}, parents: [{ type: 'Role', id: `role${last}` }] }],
    });
    return answer.type === 'success' && answer.response.decision === 'allow';
  };
}
