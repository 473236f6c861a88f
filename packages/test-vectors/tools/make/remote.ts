import { claiming, claims, header, heading, token } from './base.ts';
import type { Recipes } from './recipe.ts';

/** Every one with a `kid` that nobody has: what a flood is made of. What stands for the signature is as long as one. */
const flood: Recipes = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => {
    const name = `kid-flood-${index + 1}`;
    return [name, heading(name, { kid: `flood-${index + 1}` }, { hex: 'a5'.repeat(256) })];
  }),
);

/** By keys that no issuer should publish, and no server should take. */
const badKeys: Recipes = {
  'rs-1024': heading('rs-1024', { kid: 'rs-1024' }, { key: 'rs-1024', alg: 'RS256' }),
  'hs256-kid': heading('hs256-kid', { alg: 'HS256', kid: 'oct' }, { secret: 'shared' }),
};

/** What says what a token may do, where others than `scope` do. */
const mapped: Recipes = {
  'scp-array': claiming('scp-array', { scope: undefined, scp: ['orders:read', 'orders:write'] }),
  'scp-text': claiming('scp-text', { scope: undefined, scp: 'orders:read orders:write' }),
  'scope-and-scp': claiming('scope-and-scp', { scp: ['orders:read', 'orders:write'] }),
  'scope-and-scp-agree': claiming('scope-and-scp-agree', {
    scope: 'orders:read orders:write',
    scp: ['orders:read', 'orders:write'],
  }),
  'scp-type': claiming('scp-type', { scope: undefined, scp: { 'orders:write': true } }),
  'roles-array': claiming('roles-array', { roles: ['editor'] }),
  'permissions-array': claiming('permissions-array', { permissions: ['orders:write'] }),
  'roles-read': claiming('roles-read', { roles: ['editor'], scope: 'orders:read' }),
};

const issuers: Recipes = {
  'issuer-a-admin': token('issuer-a-admin', {
    header: header({ kid: 'one' }),
    payload: claims('issuer-a-admin', { iss: 'https://a.example', roles: ['admin'] }),
  }),
  'issuer-b-admin': token('issuer-b-admin', {
    header: header({ kid: 'one' }),
    payload: claims('issuer-b-admin', { iss: 'https://b.example', roles: ['admin'] }),
    sign: { key: 'rs-2' },
  }),
};

export const remoteRecipes: Recipes = { ...flood, ...badKeys, ...mapped, ...issuers };
