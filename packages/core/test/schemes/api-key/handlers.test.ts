import { beforeEach, describe, expect, it } from 'vitest';

import {
  apiKey,
  createApiKeyHandlers,
  createApiKeyManager,
  createMemoryCredentials,
  type ApiKeyHandlersOptions,
  type ApiKeyManager,
  type Answer,
  type Principal,
} from '../../../src/index.js';
import { toUtf8 } from '../../../src/base/bytes.js';
import { benchOf, proves, wordScheme, type Bench } from '../../fixtures/guard.js';
import { requestOf } from '../../fixtures/request.js';

const day = 86_400;
let bench: Bench;
let manager: ApiKeyManager;

beforeEach(() => {
  const store = createMemoryCredentials();
  const people = wordScheme('people', {
    verify: (word) => proves(word, { scopes: new Set(['read']), roles: new Set(['reader']) }),
  });
  const strangers = wordScheme('strangers', { verify: (word) => proves(word, { issuer: 'https://two.example' }) });
  const partners = wordScheme('partners', {
    issuer: 'https://one.example',
    verify: (word) => proves(word, { issuer: 'https://one.example' }),
  });
  bench = benchOf({ people, strangers, partners, keys: apiKey({ prefix: 'acme', store }) });
  manager = createApiKeyManager({ prefix: 'acme', store, clock: bench.clock });
});

const require = { anyOf: [{ scheme: 'people' }, { scheme: 'strangers' }, { scheme: 'partners' }] } as const;
const handlers = (options: Partial<ApiKeyHandlersOptions> = {}) =>
  createApiKeyHandlers({ auth: bench.auth, manager, require, ...options });

async function call(
  target: string,
  {
    as = ['x-people', 'alice'],
    method = 'GET',
    json,
    type = 'application/json',
    ...options
  }: Partial<ApiKeyHandlersOptions> & {
    as?: readonly [string, string];
    method?: string;
    json?: object;
    type?: string;
  } = {},
): Promise<Answer & { readonly json: Record<string, unknown> }> {
  const handler = handlers(options)[target.replace(/\?.*$/, '')]!;
  const answer = await handler(
    requestOf({
      method,
      target,
      headers: { [as[0]]: as[1], 'content-type': type },
      body: async () => toUtf8(JSON.stringify(json)),
    }),
  );
  const text = new TextDecoder().decode(answer.body);
  return { ...answer, json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const post = (path: string, json: object, options: Parameters<typeof call>[1] = {}) =>
  call(path, { method: 'POST', json, ...options });
const lastEvent = () => bench.events.at(-1)!;

describe('createApiKeyHandlers', () => {
  it.each([
    ['no auth', { auth: { forAdapters: { guard: () => 1 } } }, 'auth'],
    ['no manager', { manager: {} }, 'manager'],
    ['no requirement', { require: undefined }, 'require'],
    ['a requirement that lets anybody through', { require: { public: true } }, 'require'],
    ['an optional requirement', { require: { optional: { scheme: 'people' } } }, 'require'],
    ['a requirement of a scheme that is not there', { require: { scheme: 'nobody' } }, 'require.scheme'],
    ['a path with a query', { path: '/keys?x' }, 'path'],
    ['a rotation of a year', { rotationSeconds: 365 * day }, 'rotationSeconds'],
    ['a rotation of a day', { rotationSeconds: day }, 'rotationSeconds'],
    ['a misspelt option', { requires: {} }, 'requires'],
    ['a check that is no function', { mayGrant: true }, 'mayGrant'],
  ])('is refused at creation with %s', (_, options, path) => {
    const made = (): unknown => handlers(options as Partial<ApiKeyHandlersOptions>);
    expect(made).toThrow(expect.objectContaining({ faults: [expect.objectContaining({ path })] }));
  });

  it('writes one event for what was done, of whom and to what, and none for the pass', async () => {
    const { json } = await post('/keys', { scopes: ['read'] });
    expect(bench.events).toHaveLength(1);
    expect(lastEvent()).toMatchObject({
      kind: 'credential',
      outcome: 'allow',
      reason: 'key-created',
      subject: 'alice',
      scheme: 'people',
      status: 200,
      code: null,
      target: { type: 'api-key', id: json['id'], subject: 'alice' },
    });
  });

  it('takes a subject for the same only where its name means one: not of one of many issuers', async () => {
    await manager.create({ subject: 'alice' });
    expect((await call('/keys', { as: ['x-partners', 'alice'] })).status).toBe(200);
    expect((await call('/keys', { as: ['x-strangers', 'alice'] })).status).toBe(404);
    expect((await post('/keys', {}, { as: ['x-strangers', 'alice'] })).status).toBe(404);
  });

  it('lets whoever mayManage names manage the keys of others, and mayGrant give what they lack', async () => {
    const mayManage = ({ subject }: Principal, of: string) => subject === 'alice' && of === 'job';
    const mayGrant = async () => true;
    const { json, status } = await post('/keys', { subject: 'job', scopes: ['write'] }, { mayManage, mayGrant });
    expect(status).toBe(200);
    expect(await manager.describe(json['id'] as string)).toMatchObject({ subject: 'job', scopes: ['write'] });
    expect((await post('/keys', { subject: 'job' }, { mayManage, as: ['x-people', 'bob'] })).status).toBe(404);
  });

  it('shows, lists and changes nobody the keys of others, and gives nobody what they lack, unless told otherwise', async () => {
    const bobs = await manager.create({ subject: 'bob' });
    const strong = await manager.create({ subject: 'alice', scopes: ['write'] });
    for (const path of [`/keys?id=${bobs.id}`, '/keys?subject=bob', '/keys/overdue?subject=bob'])
      expect((await call(path)).status).toBe(404);
    expect((await post('/keys/revoke', { id: bobs.id })).status).toBe(404);
    expect((await post('/keys', { scopes: ['write'] })).status).toBe(403);
    // Whoever rotates a key holds the new one.
    expect((await post('/keys/rotate', { id: strong.id })).status).toBe(403);
    const own = await manager.create({ subject: 'alice', scopes: ['read'] });
    const change = async (json: object) => (await call(`/keys?id=${own.id}`, { method: 'PATCH', json })).status;
    expect([await change({ scopes: ['write'] }), await change({ roles: ['admin'] })]).toEqual([403, 403]);
    expect([await change({ scopes: 'read' }), await change({ scopes: { every: 'x' } })]).toEqual([400, 400]);
    expect(await manager.describe(own.id)).toMatchObject({ scopes: ['read'], roles: [] });
    expect(await manager.describe(bobs.id)).toMatchObject({ revoked: false });
  });

  it('serves the methods it has, and reads JSON alone, which no form of any page can send', async () => {
    for (const method of ['DELETE', 'toString', 'constructor', '__proto__'])
      expect((await call('/keys', { method })).status).toBe(405);
    expect((await post('/keys', {}, { type: 'text/plain' })).status).toBe(400);
    for (const limit of ['0', '1001', '1.5', 'all', '-1'])
      expect((await call(`/keys?limit=${limit}`)).status).toBe(400);
  });

  it('lists at most a thousand keys to rotate', async () => {
    for (let i = 0; i < 1001; i++) await manager.create({ subject: 'alice' });
    bench.clock.advance(90 * day);
    expect((await call('/keys/overdue')).json['keys']).toHaveLength(1000);
  });

  it('knows whose keys are meant: somebody is proved, whatever the requirement says', async () => {
    const open = { anyOf: [{ scheme: 'people' }, { public: true }] } as never;
    expect((await call('/keys', { require: open, as: ['x-nobody', 'at all'] })).status).toBe(401);
  });

  it('takes nothing but true of mayManage and mayGrant', async () => {
    const { id } = await manager.create({ subject: 'bob', scopes: ['read'] });
    const truthy = async () => 'no' as unknown as boolean;
    for (const as of [
      await call(`/keys?id=${id}`, { mayManage: truthy }),
      await call('/keys?subject=bob', { mayManage: truthy }),
    ])
      expect(as.status).toBe(404);
    expect((await post('/keys', { subject: 'bob' }, { mayManage: truthy })).status).toBe(404);
    expect((await post('/keys/revoke', { id }, { mayManage: truthy })).status).toBe(404);
    expect((await post('/keys', { scopes: ['write'] }, { mayGrant: truthy })).status).toBe(403);
  });

  it('lets nobody choose how often their own key may be used', async () => {
    const limit = { points: 1_000_000, seconds: 1 };
    const { id } = await manager.create({ subject: 'alice', limit: { points: 5, seconds: 60 } });
    expect((await post('/keys', { limit })).status).toBe(400);
    expect((await call(`/keys?id=${id}`, { method: 'PATCH', json: { limit } })).status).toBe(400);
    expect((await call(`/keys?id=${id}`)).json).toMatchObject({ limit: { points: 5, seconds: 60 } });
  });

  it('gives no role that its maker lacks, and looks at nothing before types are right', async () => {
    expect((await post('/keys', { roles: ['reader'] })).status).toBe(200);
    expect((await post('/keys', { roles: ['admin'] })).status).toBe(403);
    expect((await post('/keys', { roles: 'reader' })).status).toBe(400);
    expect((await post('/keys', { scopes: { every: 'x' } })).status).toBe(400);
  });

  it('tells nothing of what a store threw', async () => {
    const failing = { ...manager, list: () => Promise.reject(new Error('the password is hunter2')) };
    const answer = await call('/keys', { manager: failing });
    expect(answer.status).toBe(500);
    expect(new TextDecoder().decode(answer.body)).not.toContain('hunter2');
    expect(bench.errors).toHaveLength(1);
  });

  it('makes no successor of a key that has one, or is revoked', async () => {
    const { id } = await manager.create({ subject: 'alice' });
    expect((await post('/keys/rotate', { id, graceSeconds: 30 * day + 1 })).status).toBe(400);
    expect((await post('/keys/rotate', { id, graceSeconds: 60 })).status).toBe(200);
    expect((await post('/keys/rotate', { id })).status).toBe(400);
  });

  it('pages through the keys of a subject', async () => {
    const made = [];
    for (let i = 0; i < 3; i++) made.push((await manager.create({ subject: 'alice' })).id);
    await manager.create({ subject: 'bob' });
    const idsOf = ({ json }: { json: Record<string, unknown> }) =>
      (json['keys'] as { id: string }[]).map(({ id }) => id);
    expect(idsOf(await call('/keys?limit=2'))).toEqual(made.slice(0, 2));
    expect(idsOf(await call(`/keys?after=${made[1]}`))).toEqual(made.slice(2));
  });
});

describe('keys to rotate', () => {
  const overdue = async (query?: Parameters<ApiKeyManager['overdue']>[0]) => {
    const ids = [];
    for await (const { id } of manager.overdue(query)) ids.push(id);
    return ids;
  };

  it('are those as old as the period that still let somebody in and have no successor, oldest first', async () => {
    const [first, revoked, ended, replaced] = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (subject) =>
        manager.create({ subject, ...(subject === 'c' && { expiresAt: bench.clock.now() + 60 }) }),
      ),
    );
    await manager.revoke(revoked!.id);
    bench.clock.advance(45 * day);
    await manager.rotate(replaced!.id, { graceSeconds: 100 * day });
    const second = await manager.create({ subject: 'e' });
    bench.clock.advance(45 * day - 1);
    expect(await overdue()).toEqual([]);
    bench.clock.advance(1);
    expect(await overdue()).toEqual([first!.id]);
    expect(await overdue({ rotationSeconds: 45 * day })).toContain(second.id);
    expect(await overdue({ subject: 'e', rotationSeconds: 45 * day })).toEqual([second.id]);
    expect(await overdue()).not.toContain(ended!.id);
  });

  it.each([29 * day, 91 * day, Number.NaN])('cannot be asked for with a period of %d seconds', (rotationSeconds) => {
    expect(() => manager.overdue({ rotationSeconds })).toThrow(/30 to 90 days/);
  });

  it('are found over many pages', async () => {
    for (let i = 0; i < 1500; i++) await manager.create({ subject: `s${i}` });
    bench.clock.advance(90 * day);
    expect(await overdue()).toHaveLength(1500);
  });
});
