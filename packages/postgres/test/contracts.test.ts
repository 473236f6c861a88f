import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  apiKeyStoreContract,
  passwordStoreContract,
  replayStoreContract,
  revocationStoreContract,
  sessionStoreContract,
  signingKeyStoreContract,
  tokenStoreContract,
} from '@auth/core/testing';

import { hasPostgres, startPostgres, type PostgresServer } from '../../../tools/test-servers/postgres.js';
import {
  createPostgresCredentials,
  createPostgresPasswords,
  createPostgresReplay,
  createPostgresRevocation,
  createPostgresSessions,
  createPostgresSigningKeys,
  createPostgresTokens,
  migratePostgres,
  type Postgres,
} from '../src/index.js';
import { packages, type Connected } from './clients.js';

const tables = ['api_keys', 'passwords', 'tokens', 'signing_keys', 'revocations', 'sessions', 'replay'];

let server: PostgresServer;
beforeAll(async () => {
  if (hasPostgres) server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop());

describe.skipIf(!hasPostgres).each(packages)('stores in PostgreSQL, through %s', (_, connect) => {
  let connected: Connected;
  let postgres: Postgres;
  beforeAll(async () => {
    connected = connect(server.url);
    postgres = connected.bind();
    await migratePostgres(postgres);
  });
  afterAll(() => connected.close());
  // Of tables this small faster than TRUNCATE, which makes files.
  const emptied = tables.map((table) => `${table}_emptied AS (DELETE FROM auth.${table})`).join(', ');
  const empty = async (): Promise<Postgres> => {
    await postgres.query(`WITH ${emptied} SELECT 1`);
    return postgres;
  };

  it.each([
    ...apiKeyStoreContract(async () => createPostgresCredentials(await empty())),
    ...passwordStoreContract(async (users) => {
      const store = createPostgresPasswords(await empty());
      for (const user of users) await store.saveUser(user);
      return store;
    }),
    ...replayStoreContract(async () => createPostgresReplay(await empty())),
    ...revocationStoreContract(async () => createPostgresRevocation(await empty())),
    ...sessionStoreContract(async () => createPostgresSessions(await empty())),
    ...signingKeyStoreContract(async () => createPostgresSigningKeys(await empty())),
    ...tokenStoreContract(async () => createPostgresTokens(await empty())),
  ])('$title', ({ run }) => expect(run()).resolves.toBeUndefined());
});
