import { beforeAll, describe, expect, it } from 'vitest';

import { isConfigurationError, jwt, type ClaimMapOptions, type Fault, type Principal } from '../../../src/index.js';
import { createPolicy } from '../../../src/policy.js';
import { benchOf, type Bench } from '../../fixtures/guard.js';
import { sends } from '../../fixtures/request.js';
import { claimsOf, issuer, makeSigner, type Signer } from '../../fixtures/tokens.js';

let signer: Signer;
beforeAll(async () => {
  signer = await makeSigner('ES256');
});

function benchWith(map: ClaimMapOptions | undefined, policy = {}): Bench {
  const access = jwt({ issuer, audience: 'api', jwks: { keys: [signer.jwk] }, ...(map !== undefined && { map }) });
  return benchOf({ access }, policy);
}

async function readWith(map: ClaimMapOptions | undefined, claims: object): Promise<unknown> {
  const { decide, events } = benchWith(map);
  const authorization = `Bearer ${await signer.sign(claimsOf({ scope: undefined, ...claims }))}`;
  const decision = await decide({ scheme: 'access' }, sends({ authorization }));
  if (decision.kind === 'refuse') return events.at(-1)!.reason;
  const { scopes, roles, permissions } = decision.principal as Principal;
  return [[...scopes], [...roles], permissions && [...permissions]];
}

const url = 'https://example.com/roles';

describe('the map of claims', () => {
  it.each([
    [
      'reads scope by default, split at U+0020 alone',
      undefined,
      { scope: 'a b\u00a0c\td' },
      [['a', 'b\u00a0c\td'], [], undefined],
    ],
    [
      'reads nothing else by default',
      undefined,
      { scp: 'a', roles: ['admin'], permissions: ['p'], groups: ['g'] },
      [[], [], undefined],
    ],
    ['refuses a scope that is a list by default (RFC 9068 §2.2.3)', undefined, { scope: ['a'] }, 'malformed-token'],
    ['refuses a scope that is an object', undefined, { scope: { a: 1 } }, 'malformed-token'],
    ['refuses a scope that is a number', undefined, { scope: 1 }, 'malformed-token'],
    ['reads scp as text (jwt-valid-scp-array)', { scopes: 'scp' }, { scp: 'a b' }, [['a', 'b'], [], undefined]],
    ['reads scp as a list', { scopes: 'scp' }, { scp: ['a', 'b'] }, [['a', 'b'], [], undefined]],
    ['no longer reads scope where scopes are mapped', { scopes: 'scp' }, { scope: 'a' }, [[], [], undefined]],
    ['reads a scope that is a list where it is mapped', { scopes: 'scope' }, { scope: ['a'] }, [['a'], [], undefined]],
    [
      'reads roles and permissions (jwt-valid-permissions)',
      { roles: 'roles', permissions: 'permissions' },
      { roles: ['r'], permissions: ['p', 'q'] },
      [[], ['r'], ['p', 'q']],
    ],
    ['reads a claim whose name is a URL, dots and all', { roles: url }, { [url]: ['r'] }, [[], ['r'], undefined]],
    [
      'takes a name with dots for a name',
      { roles: 'realm_access.roles' },
      { realm_access: { roles: ['r'] } },
      [[], [], undefined],
    ],
    [
      'follows a JSON Pointer (RFC 6901)',
      { roles: '/realm_access/roles' },
      { realm_access: { roles: ['r'] } },
      [[], ['r'], undefined],
    ],
    [
      'follows a JSON Pointer with escapes',
      { roles: '/a~1b/~0~01' },
      { 'a/b': { '~~1': 'r' } },
      [[], ['r'], undefined],
    ],
    ['follows no pointer into a list', { roles: '/a/0' }, { a: ['r'] }, [[], [], undefined]],
    ['follows no pointer into text', { roles: '/a/length' }, { a: 'r' }, [[], [], undefined]],
    ['finds nothing where a step is missing', { roles: '/a/b/c' }, { a: {} }, [[], [], undefined]],
    [
      'finds nothing that every object has (CWE-1321)',
      { roles: 'toString', scopes: '/constructor/name' },
      {},
      [[], [], undefined],
    ],
    ['says that permissions are none where the claim is missing', { permissions: 'p' }, {}, [[], [], []]],
    ['refuses a list with anything but texts', { roles: 'roles' }, { roles: ['r', 1] }, 'malformed-token'],
    ['refuses roles that are an object', { roles: 'roles' }, { roles: { r: true } }, 'malformed-token'],
    ['refuses roles that are null', { roles: 'roles' }, { roles: null }, 'malformed-token'],
    ['reads the one of two claims that is there', { scopes: ['scope', 'scp'] }, { scp: ['a'] }, [['a'], [], undefined]],
    [
      'reads two claims that say the same',
      { scopes: ['scope', 'scp'] },
      { scope: 'a b', scp: ['b', 'a'] },
      [['b', 'a'], [], undefined],
    ],
    [
      'refuses two claims that differ (jwt-scope-and-scp)',
      { scopes: ['scope', 'scp'] },
      { scope: 'a', scp: ['a', 'b'] },
      'malformed-token',
    ],
    [
      'refuses two claims that differ, shorter second',
      { scopes: ['scope', 'scp'] },
      { scope: 'a b', scp: 'a' },
      'malformed-token',
    ],
  ])('%s', async (_, map, claims, expected) => {
    expect(await readWith(map, claims)).toEqual(expected);
  });

  it('grants permissions beside those of the roles, and none by a wildcard', async () => {
    const { decide, events } = benchWith(
      { permissions: 'permissions', roles: 'roles' },
      { policy: createPolicy({ roles: { reader: { permissions: ['orders:read'] } } }) },
    );
    const reasonOf = async (claims: object, permissions: readonly string[]): Promise<string> => {
      const authorization = `Bearer ${await signer.sign(claimsOf({ ...claims }))}`;
      await decide({ scheme: 'access', permissions }, sends({ authorization }));
      return events.at(-1)!.reason;
    };
    expect(await reasonOf({ permissions: ['orders:write'] }, ['orders:write'])).toBe('ok');
    expect(await reasonOf({ permissions: ['a'], roles: ['reader'] }, ['a', 'orders:read'])).toBe('ok');
    expect(await reasonOf({ permissions: ['a'] }, ['a', 'orders:read'])).toBe('permission-missing');
    expect(await reasonOf({ permissions: ['orders:*', '*'] }, ['orders:write'])).toBe('permission-missing');
  });

  it.each([
    ['an unknown member', { role: 'roles' }, 'map.role', 'unknown-option'],
    ['text', 'roles', 'map', 'invalid-option'],
    ['null', null, 'map', 'invalid-option'],
    ['an empty name', { roles: '' }, 'map.roles', 'invalid-option'],
    ['an empty list', { scopes: [] }, 'map.scopes', 'invalid-option'],
    ['a list with a number', { scopes: ['scope', 1] }, 'map.scopes', 'invalid-option'],
    ['a pointer with a wrong escape (RFC 6901 §3)', { roles: '/a~2b' }, 'map.roles', 'invalid-option'],
    ['a pointer that ends in a tilde', { roles: '/a~' }, 'map.roles', 'invalid-option'],
  ])('is refused with %s', (_, map, path, reason) => {
    let faults: readonly Fault[] = [];
    try {
      benchWith(map as ClaimMapOptions);
    } catch (error) {
      if (isConfigurationError(error)) ({ faults } = error);
    }
    expect(faults.map((fault) => [fault.path, fault.reason])).toEqual([[path, reason]]);
  });
});
