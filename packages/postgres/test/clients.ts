import { Pool } from 'pg';
import postgresJs from 'postgres';

import { createPostgres, type Postgres, type PostgresOptions } from '../src/index.js';

/** A client of one of the two packages, bound to a schema, and how to end it. */
export interface Connected {
  bind(schema?: string, options?: Partial<PostgresOptions>): Postgres;
  close(): Promise<void>;
}

export type Connect = (url: string) => Connected;

/** Both packages that the stores work with. */
export const packages: readonly (readonly [name: string, connect: Connect])[] = [
  ['pg', connectPg],
  ['postgres', connectPostgresJs],
];

export function connectPg(url: string): Connected {
  const client = new Pool({ connectionString: url, connectionTimeoutMillis: 1000, max: 10 });
  client.on('error', () => undefined);
  return {
    bind: (schema = 'auth', options) => createPostgres({ client, schema, ...options }),
    close: () => client.end(),
  };
}

function connectPostgresJs(url: string): Connected {
  const client = postgresJs(url, { connect_timeout: 1, max: 10, onnotice: () => undefined });
  return {
    bind: (schema = 'auth', options) => createPostgres({ client, schema, ...options }),
    close: () => client.end({ timeout: 1 }),
  };
}
