import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { AuditEvent } from '@auth/core';

import { hasPostgres, startPostgres, type PostgresServer } from '../../../tools/test-servers/postgres.js';
import {
  createPostgres,
  createPostgresAudit,
  createPostgresCredentials,
  createPostgresPasswords,
  createPostgresPolicies,
  createPostgresReplay,
  createPostgresRevocation,
  migratePostgres,
  type Postgres,
} from '../src/index.js';
import { connectPg, packages, type Connected } from './clients.js';

const eventOf = (id: number, rest: object = {}): AuditEvent =>
  ({ version: 1, kind: 'signal', id: `e${id}`, time: new Date(id).toISOString(), ...rest }) as unknown as AuditEvent;
const until = async (holds: () => Promise<unknown>): Promise<void> => {
  while (!(await holds().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20));
};
const idsIn = async (postgres: Postgres): Promise<readonly unknown[]> =>
  (await postgres.query('SELECT id FROM auth.audit ORDER BY seq')).map(({ id }) => id);

let server: PostgresServer;
beforeAll(async () => {
  if (hasPostgres) server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop());

describe.skipIf(!hasPostgres).each(packages)('PostgreSQL, through %s,', (_name, connect) => {
  let connected: Connected;
  let postgres: Postgres;
  beforeAll(async () => {
    connected = connect(server.url);
    postgres = connected.bind();
  });
  afterAll(async () => {
    await postgres.query('DROP SCHEMA auth CASCADE');
    await postgres.query('DROP ROLE app');
    await connected.close();
  });

  it('is brought up to date once by many processes that start at once, and left alone afterwards', async () => {
    await Promise.all(Array.from({ length: 8 }, () => migratePostgres(postgres)));
    await migratePostgres(postgres);
    expect(await postgres.query('SELECT version FROM auth.migrations')).toEqual([{ version: 1 }]);
  });

  it('needs of a role no more than the README grants, and gives it no more', async () => {
    await postgres.query('CREATE ROLE app LOGIN');
    await postgres.query('GRANT USAGE ON SCHEMA auth TO app');
    await postgres.query(
      'GRANT SELECT, INSERT, UPDATE, DELETE ON auth.tokens, auth.signing_keys, auth.revocations, auth.sessions, auth.replay TO app',
    );
    await postgres.query('GRANT SELECT, INSERT, UPDATE ON auth.api_keys, auth.passwords TO app');
    await postgres.query('GRANT SELECT ON auth.policies TO app');
    await postgres.query('GRANT INSERT, SELECT (id) ON auth.audit TO app');
    const app = connect(server.urlOf('app'));
    try {
      const bound = app.bind();
      const credentials = createPostgresCredentials(bound);
      const record = { id: 'k', subject: 's', scopes: [], roles: [], revoked: false, disabled: false };
      expect(await credentials.insertApiKey('h', record)).toBe(true);
      expect(await credentials.changeApiKey('k', { revoked: true })).toMatchObject({ revoked: true });
      await createPostgresRevocation(bound).revoke({ key: 'k', issuedBefore: 1, now: 1, until: 2 });
      const audit = createPostgresAudit(bound);
      await audit.write(eventOf(1));
      await expect(bound.query('DELETE FROM auth.audit')).rejects.toThrow('permission denied');
      await expect(bound.query(`UPDATE auth.audit SET event = '{}'`)).rejects.toThrow('permission denied');
      await expect(bound.query('SELECT event FROM auth.audit')).rejects.toThrow('permission denied');
      await expect(createPostgresPolicies(bound).save({ roles: {} }, 0)).rejects.toThrow('permission denied');
      await expect(bound.query('DROP TABLE auth.audit')).rejects.toThrow('must be owner');
    } finally {
      await app.close();
      await postgres.query('TRUNCATE auth.audit');
    }
  });

  it('refuses whoever fills the replay store, and nobody else', async () => {
    const store = createPostgresReplay(postgres, { maxUsesPerOwner: 2 });
    const use = { owner: 'mallory', now: 1000, until: 1300 };
    for (const key of ['a', 'b']) expect(await store.use({ ...use, key })).toBe('new');
    expect(await store.use({ ...use, key: 'c' })).toBe('full');
    expect(await store.use({ ...use, key: 'a' })).toBe('used');
    expect(await store.use({ ...use, key: 'c', owner: 'anna' })).toBe('new');
    expect(await store.use({ ...use, key: 'd', now: 1300, until: 1600 })).toBe('new');
  });

  it('keeps every version of a policy, and takes one of two that are made from the same', async () => {
    const policies = createPostgresPolicies(postgres);
    expect(await policies.load()).toBeUndefined();
    const policy = { roles: { reader: { permissions: ['orders:read'] } } };
    const saved = await Promise.all(Array.from({ length: 5 }, () => policies.save(policy, 0)));
    expect(saved.filter((each) => each !== undefined)).toEqual([{ version: 1, policy }]);
    expect(await policies.save({ roles: {} }, 0)).toBeUndefined();
    expect(await policies.save({ roles: {} }, 1)).toMatchObject({ version: 2 });
    expect(await policies.load()).toEqual({ version: 2, policy: { roles: {} } });
  });

  it('writes events in order and in batches, whatever stands in them', async () => {
    const audit = createPostgresAudit(postgres);
    const odd = eventOf(0, { address: `'; DROP TABLE audit; -- \0 \ud800 é "` });
    await Promise.all(
      [odd, ...Array.from({ length: 1200 }, (_each, i) => eventOf(i + 1))].map(async (e) => audit.write(e)),
    );
    const ids = await idsIn(postgres);
    expect(ids).toEqual(Array.from({ length: 1201 }, (_each, i) => `e${i}`));
    const [kept] = await postgres.query(`SELECT event->>'address' AS address FROM auth.audit WHERE id = 'e0'`);
    expect(kept).toEqual({ address: `'; DROP TABLE audit; -- \ufffd \ufffd é "` });
    await audit.close();
    await postgres.query('TRUNCATE auth.audit');
  });

  it('keeps events while it is down, writes each once when it is back, and says which were lost for want of room', async () => {
    const audit = createPostgresAudit(postgres, { maxQueued: 50 });
    await audit.write(eventOf(0));
    await server.kill();
    const told = Array.from({ length: 60 }, async (_each, i) => audit.write(eventOf(i + 1)));
    const lost = await Promise.allSettled(told.slice(50));
    expect(lost.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'));
    await server.restart();
    await Promise.all(told.slice(0, 50));
    expect(await idsIn(postgres)).toEqual(Array.from({ length: 51 }, (_each, i) => `e${i}`));
  });

  it('writes what waits before it closes, and says what it could not', async () => {
    await postgres.query('TRUNCATE auth.audit');
    const audit = createPostgresAudit(postgres);
    const written = [1, 2, 3].map(async (id) => audit.write(eventOf(id)));
    await audit.close();
    await Promise.all(written);
    expect(await idsIn(postgres)).toEqual(['e1', 'e2', 'e3']);
    const hopeless = createPostgresAudit(postgres, { closeMs: 100 });
    await server.kill();
    const failed = Promise.allSettled([hopeless.write(eventOf(9))]);
    await hopeless.close();
    expect((await failed)[0]?.status).toBe('rejected');
    await server.restart();
    await until(() => postgres.query('SELECT 1'));
  });

  it('waits a second for one that hangs, and has a bound to those who wait', async () => {
    const bound = connected.bind('auth', { maxPending: 5 });
    const passwords = createPostgresPasswords(bound);
    await until(async () => (await passwords.findUser('x')) === undefined);
    await server.pause();
    const began = performance.now();
    const waiting = Array.from({ length: 5 }, async () => passwords.findUser('x'));
    await expect((async () => passwords.findUser('x'))()).rejects.toThrow('5 statements');
    const settled = await Promise.allSettled(waiting);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    expect(performance.now() - began).toBeLessThan(2000);
    await server.resume();
    await until(async () => (await passwords.findUser('x')) === undefined);
  });
});

it('refuses options that mean nothing, all at once', () => {
  const wrong = { client: {}, schema: 'a"; DROP', timeoutMs: 0, maxPending: 0.5, timeout: 1 } as never;
  const told = (): string => {
    try {
      createPostgres(wrong);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const name of ['client', 'schema', 'timeoutMs', 'maxPending', 'timeout']) expect(told()).toContain(name);
  expect(() => createPostgresAudit(connectPg('postgres://x').bind(), { maxQueued: 0 })).toThrow('maxQueued');
});
