import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isConfigurationError, type Fault, type Requirement } from '../../src/index.js';
import { createPolicy } from '../../src/policy.js';
import { compileRequirement } from '../../src/guard/requirement.js';
import { wordScheme } from '../fixtures/guard.js';

const schemes = { a: wordScheme('a'), b: wordScheme('b') };

function faultsOf(requirement: unknown, hasPolicy = false): readonly Fault[] {
  try {
    compileRequirement(requirement as Requirement, schemes, hasPolicy ? createPolicy({}) : undefined);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    return error.faults;
  }
  return [];
}

const cyclic: Record<string, unknown> = {};
cyclic['optional'] = cyclic;
const cyclicList: { anyOf: unknown[] } = { anyOf: [{ scheme: 'a' }] };
cyclicList.anyOf.push(cyclicList);

describe('compileRequirement', () => {
  it.each([
    ['one scheme', { scheme: 'a' }],
    ['all that can be asked', { scheme: 'a', scopes: ['r', 'w'], roles: ['x'], acr: ['gold'], maxAgeSeconds: 0 }],
    ['the characters of a scope token at their bounds (RFC 6749 §3.3)', { scheme: 'a', scopes: ['!#[]~', 'a:b.c/d'] }],
    ['nested forms', { anyOf: [{ allOf: [{ scheme: 'a' }, { optional: { scheme: 'b' } }] }, { public: true }] }],
    ['names', { allOf: { user: { scheme: 'a' }, workload: { scheme: 'b' } }, sameSubject: false }],
    ['members that are undefined', { scheme: 'a', scopes: undefined, maxAgeSeconds: undefined }],
  ])('takes %s', (_, requirement) => {
    expect(faultsOf(requirement)).toEqual([]);
  });

  it.each([
    ['nothing', undefined, 'require', 'invalid-requirement'],
    ['null', null, 'require', 'invalid-requirement'],
    ['a text', 'a', 'require', 'invalid-requirement'],
    ['a list', [{ scheme: 'a' }], 'require', 'invalid-requirement'],
    ['no form', {}, 'require', 'invalid-requirement'],
    ['a member that no form has', { schemes: 'a' }, 'require', 'invalid-requirement'],
    ['two forms', { scheme: 'a', public: true }, 'require', 'invalid-requirement'],
    ['two lists', { anyOf: [{ scheme: 'a' }], allOf: [{ scheme: 'b' }] }, 'require', 'invalid-requirement'],
    ['an unknown scheme', { scheme: 'c' }, 'require.scheme', 'unknown-scheme'],
    ['a scheme that every object has', { scheme: 'toString' }, 'require.scheme', 'unknown-scheme'],
    ['a scheme that is no text', { scheme: 1 }, 'require.scheme', 'unknown-scheme'],
    ['a misspelt member', { scheme: 'a', scope: ['r'] }, 'require.scope', 'unknown-option'],
    [
      'sameSubject beside anyOf',
      { anyOf: [{ scheme: 'a' }], sameSubject: false },
      'require.sameSubject',
      'unknown-option',
    ],
    ['an empty anyOf', { anyOf: [] }, 'require.anyOf', 'invalid-requirement'],
    ['an empty allOf', { allOf: [] }, 'require.allOf', 'invalid-requirement'],
    ['an allOf without names', { allOf: {} }, 'require.allOf', 'invalid-requirement'],
    ['anyOf with names', { anyOf: { x: { scheme: 'a' } } }, 'require.anyOf', 'invalid-requirement'],
    ['an allOf that is null', { allOf: null }, 'require.allOf', 'invalid-requirement'],
    ['an anyOf that is null', { anyOf: null }, 'require.anyOf', 'invalid-requirement'],
    [
      'sameSubject that is no boolean',
      { allOf: [{ scheme: 'a' }], sameSubject: 'no' },
      'require.sameSubject',
      'invalid-requirement',
    ],
    ['public that is not true', { public: false }, 'require.public', 'invalid-requirement'],
    ['optional that is null', { optional: null }, 'require.optional', 'invalid-requirement'],
    ['scopes in one text', { scheme: 'a', scopes: 'r w' }, 'require.scopes', 'invalid-requirement'],
    ['no scopes', { scheme: 'a', scopes: [] }, 'require.scopes', 'invalid-requirement'],
    ['an empty scope', { scheme: 'a', scopes: [''] }, 'require.scopes', 'invalid-requirement'],
    ['a scope with a space', { scheme: 'a', scopes: ['r w'] }, 'require.scopes', 'invalid-requirement'],
    ['a scope with a quote', { scheme: 'a', scopes: ['"'] }, 'require.scopes', 'invalid-requirement'],
    ['a scope with a backslash', { scheme: 'a', scopes: ['\\'] }, 'require.scopes', 'invalid-requirement'],
    ['a scope with a line break', { scheme: 'a', scopes: ['r\r\nx-evil: 1'] }, 'require.scopes', 'invalid-requirement'],
    ['a scope beyond ASCII', { scheme: 'a', scopes: ['é'] }, 'require.scopes', 'invalid-requirement'],
    ['no roles', { scheme: 'a', roles: [] }, 'require.roles', 'invalid-requirement'],
    ['a role that is no text', { scheme: 'a', roles: [1] }, 'require.roles', 'invalid-requirement'],
    ['an empty acr', { scheme: 'a', acr: [''] }, 'require.acr', 'invalid-requirement'],
    ['a negative age', { scheme: 'a', maxAgeSeconds: -1 }, 'require.maxAgeSeconds', 'invalid-requirement'],
    [
      'an age that is no number',
      { scheme: 'a', maxAgeSeconds: Number.NaN },
      'require.maxAgeSeconds',
      'invalid-requirement',
    ],
    ['an age in text', { scheme: 'a', maxAgeSeconds: '60' }, 'require.maxAgeSeconds', 'invalid-requirement'],
    ['an age that is null', { scheme: 'a', maxAgeSeconds: null }, 'require.maxAgeSeconds', 'invalid-requirement'],
    [
      'permissions where no policy can grant them',
      { scheme: 'a', permissions: ['x'] },
      'require.permissions',
      'policy-required',
    ],
    ['resolve, which is still to come', { resolve: () => ({ public: true }), covers: [] }, 'require', 'not-supported'],
    [
      'a fault deep inside',
      { anyOf: [{ scheme: 'a' }, { allOf: [{ optional: { scheme: 'a', role: 'x' } }] }] },
      'require.anyOf[1].allOf[0].optional.role',
      'unknown-option',
    ],
  ])('refuses %s with its path', (_, requirement, path, reason) => {
    const faults = faultsOf(requirement);
    expect(new Set(faults.map((fault) => `${fault.path} ${fault.reason}`))).toEqual(new Set([`${path} ${reason}`]));
  });

  it.each([
    ['optional of itself', cyclic],
    ['a branch of itself', cyclicList],
  ])('ends at a requirement that is %s', (_, requirement) => {
    const faults = faultsOf(requirement);
    expect(faults.length).toBeGreaterThan(0);
    expect(new Set(faults.map(({ reason }) => reason))).toEqual(new Set(['invalid-requirement']));
  });

  it('tells every fault at once', () => {
    const requirement = { anyOf: [{ scheme: 'c', scope: ['x'] }, { scheme: 'a', scopes: [], roles: [''] }, {}] };
    expect(faultsOf(requirement).map(({ path }) => path)).toEqual([
      'require.anyOf[0].scope',
      'require.anyOf[0].scheme',
      'require.anyOf[1].scopes',
      'require.anyOf[1].roles',
      'require.anyOf[2]',
    ]);
  });

  it('asks what the requirement said when it was compiled, whatever becomes of the object', () => {
    const scopes = ['w'];
    const plan = compileRequirement({ scheme: 'a', scopes }, schemes, undefined);
    scopes.length = 0;
    expect(plan.root).toMatchObject({ ask: { scopes: ['w'] } });
  });

  it('answers any JSON with a plan or a ConfigurationError', () => {
    const leaf = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record(
        {
          scheme: fc.constantFrom('a', 'b', 'c', '__proto__', 1, null),
          scopes: fc.oneof(fc.array(fc.string()), fc.jsonValue({ maxDepth: 1 })),
          maxAgeSeconds: fc.jsonValue({ maxDepth: 1 }),
        },
        { requiredKeys: [] },
      ),
    );
    const { requirement } = fc.letrec((tie) => ({
      requirement: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.record({ anyOf: fc.oneof(fc.array(tie('requirement'), { maxLength: 3 }), fc.jsonValue()) }),
        fc.record({
          allOf: fc.oneof(
            fc.array(tie('requirement'), { maxLength: 3 }),
            fc.dictionary(fc.string(), tie('requirement'), { maxKeys: 3 }),
            fc.jsonValue(),
          ),
          sameSubject: fc.jsonValue({ maxDepth: 0 }),
        }),
        fc.record({ optional: tie('requirement') }),
        fc.record({ public: fc.jsonValue({ maxDepth: 0 }) }),
      ),
    }));
    fc.assert(
      fc.property(requirement, (value) => {
        for (const { path, reason } of faultsOf(value)) {
          expect(path.startsWith('require')).toBe(true);
          expect([
            'invalid-requirement',
            'unknown-scheme',
            'unknown-option',
            'not-supported',
            'policy-required',
          ]).toContain(reason);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
