import type { Postgres } from './postgres.js';

/** What each version adds to the one before; the text of a version never changes once it was published. */
const versions = (schema: string): readonly string[] => [
  `
CREATE TABLE ${schema}.api_keys (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  hash text NOT NULL UNIQUE,
  subject text NOT NULL,
  record jsonb NOT NULL,
  uses double precision,
  last_used_at double precision
);
CREATE INDEX api_keys_of_subject ON ${schema}.api_keys (subject, seq);
CREATE TABLE ${schema}.passwords (
  username text PRIMARY KEY,
  password_hash text NOT NULL,
  roles jsonb NOT NULL,
  disabled boolean NOT NULL
);
CREATE TABLE ${schema}.tokens (key text PRIMARY KEY, value text NOT NULL, until double precision NOT NULL);
CREATE INDEX tokens_until ON ${schema}.tokens (until);
CREATE TABLE ${schema}.signing_keys (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  keyid text NOT NULL UNIQUE,
  predecessor text NOT NULL UNIQUE,
  sealed text NOT NULL
);
CREATE TABLE ${schema}.revocations (
  key text PRIMARY KEY,
  issued_before double precision NOT NULL,
  until double precision NOT NULL
);
CREATE INDEX revocations_until ON ${schema}.revocations (until);
CREATE TABLE ${schema}.sessions (key text PRIMARY KEY, at double precision NOT NULL, until double precision NOT NULL);
CREATE INDEX sessions_until ON ${schema}.sessions (until);
CREATE TABLE ${schema}.replay (key text PRIMARY KEY, owner text NOT NULL, until double precision NOT NULL);
CREATE INDEX replay_of_owner ON ${schema}.replay (owner, until);
CREATE INDEX replay_until ON ${schema}.replay (until);
CREATE TABLE ${schema}.audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  time timestamptz NOT NULL,
  event jsonb NOT NULL
);
CREATE INDEX audit_time ON ${schema}.audit (time);
CREATE TABLE ${schema}.policies (
  version bigint PRIMARY KEY,
  policy jsonb NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now()
);
`,
];

/** Any number, the same for all processes. */
const lockId = 0x61757468;

/**
 * Makes the tables, or brings them up to date; does nothing where they are. Of several processes that start at once one does it, and the
 * others wait for it. Needs a role that may create the schema; the stores need less (see the README).
 * @throws what PostgreSQL answers; then nothing has changed
 * @example await migratePostgres(postgres);
 */
export async function migratePostgres({ schema, queryUnbounded }: Postgres): Promise<void> {
  const steps = versions(schema).map(
    (text, index) => `
  IF NOT EXISTS (SELECT FROM ${schema}.migrations WHERE version >= ${index + 1}) THEN
    ${text}
    INSERT INTO ${schema}.migrations (version) VALUES (${index + 1});
  END IF;`,
  );
  // One statement, and so one transaction, whatever the client is; the lock ends with it.
  await queryUnbounded(`DO $migrate$ BEGIN
  PERFORM pg_advisory_xact_lock(${lockId});
  SET LOCAL client_min_messages = warning;
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE IF NOT EXISTS ${schema}.migrations (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
  ${steps.join('\n')}
END $migrate$`);
}
