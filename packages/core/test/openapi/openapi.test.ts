import { randomBytes } from 'node:crypto';

import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';

import { apiKey, basic, createAuth, jwt, type Requirement, type Route } from '../../src/index.js';
import { toOpenApi } from '../../src/openapi.js';
import { wordScheme } from '../fixtures/guard.js';

const secretBase64 = randomBytes(32).toString('base64');
const auth = createAuth({
  schemes: {
    keys: apiKey({ prefix: 'acme', keys: [], header: 'X-Key' }),
    access: jwt({ issuer: 'https://issuer.example', audience: 'https://api.example', secretBase64, algorithms: ['HS256'] }),
    users: basic({ users: [] }),
    own: wordScheme('own'),
  },
}); // prettier-ignore
const securitySchemes = { own: { type: 'apiKey', in: 'header', name: 'X-Own' } } as const;
const info = { title: 'Orders', version: '1' };
const route = (path: string, requirement: Requirement | null, method = 'GET'): Route => ({ method, path, requirement });
const exported = (...routes: Route[]) => toOpenApi({ auth, routes, info, securitySchemes });
const securityOf = (requirement: Requirement): unknown =>
  (exported(route('/x', requirement)).paths['/x']!['get'] as { security: unknown }).security;

describe('requirements as OpenAPI', () => {
  it.each<[string, Requirement, unknown]>([
    ['a scheme with what it asks', { scheme: 'access', scopes: ['r'], roles: ['clerk'], permissions: ['a:b'] }, [{ access: ['r', 'clerk', 'a:b'] }]],
    ['alternatives', { anyOf: [{ scheme: 'access', scopes: ['r'] }, { scheme: 'keys' }] }, [{ access: ['r'] }, { keys: [] }]],
    ['all of several', { allOf: [{ scheme: 'keys' }, { scheme: 'access', scopes: ['r'] }] }, [{ keys: [], access: ['r'] }]],
    ['all of several by name', { allOf: { user: { scheme: 'access' }, app: { scheme: 'keys' } } }, [{ access: [], keys: [] }]],
    ['one scheme twice', { allOf: [{ scheme: 'access', scopes: ['r'] }, { scheme: 'access', scopes: ['r', 'w'] }] }, [{ access: ['r', 'w'] }]],
    ['alternatives within all', { allOf: [{ anyOf: [{ scheme: 'keys' }, { scheme: 'users' }] }, { scheme: 'access' }] }, [{ keys: [], access: [] }, { users: [], access: [] }]],
    ['optional', { optional: { scheme: 'keys' } }, [{ keys: [] }, {}]],
    ['public', { public: true }, []],
    ['public among alternatives', { anyOf: [{ scheme: 'keys' }, { public: true }] }, [{ keys: [] }, {}]],
    ['public among all', { allOf: [{ public: true }, { scheme: 'keys' }] }, [{ keys: [] }]],
  ])('%s', (_, requirement, security) => {
    expect(securityOf(requirement)).toEqual(security);
  }); // prettier-ignore

  it('is a valid document of OpenAPI 3.1, by the names of the configuration, with each requirement whole', async () => {
    const ask = { scheme: 'access', scopes: ['r'], acr: ['gold'], maxAgeSeconds: 60 } as const;
    const document = exported(
      route('/orders/:id', ask),
      route('/orders/:id', { scheme: 'keys' }, 'DELETE'),
      route('/files/*path', { scheme: 'users' }, '*'),
      route('/all/*', { public: true }),
      route('/forgotten', null),
      route('/^x$/', { public: true }),
      route('/link', { public: true }, 'LINK'),
    );
    expect(await new Validator().validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>)).toMatchObject({ valid: true });
    expect(document.components.securitySchemes).toEqual({
      keys: { type: 'apiKey', in: 'header', name: 'x-key' },
      access: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      users: { type: 'http', scheme: 'basic' },
      own: { type: 'apiKey', in: 'header', name: 'X-Own' },
    });
    expect(Object.keys(document.paths)).toEqual(['/orders/{id}', '/files/{path}', '/all/{rest}']);
    expect(document.paths['/orders/{id}']).toMatchObject({
      parameters: [{ name: 'id', in: 'path', required: true }],
      get: { security: [{ access: ['r'] }], 'x-auth-requirement': ask },
      delete: { security: [{ keys: [] }] },
    });
  }); // prettier-ignore

  it('refuses to leave out how a scheme of your own is described, and what would not be read', () => {
    expect(() => toOpenApi({ auth, routes: [], info })).toThrow(/securitySchemes\.own/);
    const anyOf = Array.from({ length: 5 }, () => ({ scheme: 'keys' }));
    expect(() => securityOf({ allOf: [{ anyOf }, { anyOf }, { anyOf }] })).toThrow('125 alternatives');
  });
});
