import { Faults } from '@auth/core/signing';

import { createQuery, type Parameter, type PostgresClient, type Query, type Row } from './client.js';

/** Options that all stores of one database share. */
export interface PostgresOptions {
  /** A pool of `pg`, or what `postgres()` answers. */
  readonly client: PostgresClient;
  /** In which schema the tables are; default `auth`. */
  readonly schema?: string;
  /** How long a statement may take, in milliseconds; default 1000, at most 60 000. The guard waits for a second. */
  readonly timeoutMs?: number;
  /** Statements that may be under way at once; default 1000. What comes beyond is refused at once. */
  readonly maxPending?: number;
}

/** One database, as the stores ask it. */
export interface Postgres {
  readonly schema: string;
  /** Runs one statement. @throws what the client throws; an error where it is too late, or too many are under way */
  query(text: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>;
  /** The same without a bound in time, for what is done once. */
  readonly queryUnbounded: Query;
}

/**
 * Binds the stores to a client of `pg` or `postgres`.
 * @throws ConfigurationError with every fault of the options
 * @example const postgres = createPostgres({ client: new Pool({ connectionString }) });
 */
export function createPostgres(options: PostgresOptions): Postgres {
  const faults = new Faults();
  faults.addUnknown(options, ['client', 'schema', 'timeoutMs', 'maxPending']);
  const { client, schema = 'auth', timeoutMs = 1000, maxPending = 1000 } = options;
  const query = createQuery(client);
  if (query === undefined) faults.add('client', 'invalid-option', 'must be a pool of pg, or what postgres() answers');
  // It stands in the text of statements: names that need no quotes.
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    faults.add('schema', 'invalid-option', 'must be 1 to 63 lower-case letters, digits or underscores');
  if (!(Number.isSafeInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= 60_000))
    faults.add('timeoutMs', 'invalid-option', 'must be a whole number from 1 to 60000');
  if (!(Number.isSafeInteger(maxPending) && maxPending > 0))
    faults.add('maxPending', 'invalid-option', 'must be a positive whole number');
  faults.throwIfAny();
  let pending = 0;
  return {
    schema,
    queryUnbounded: query!,
    async query(text, parameters = []) {
      if (pending >= maxPending) throw new Error(`postgres: ${maxPending} statements are under way already`);
      pending++;
      const running = query!(text, parameters).finally(() => pending--);
      return withTimeout(running, timeoutMs);
    },
  };
}

function withTimeout<T>(running: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new Error(`postgres: no answer within ${timeoutMs} ms`);
    const timer = setTimeout(() => reject(late), timeoutMs);
    running.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether PostgreSQL could keep a text exactly as it is: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Whether a statement failed because a unique value is taken (SQLSTATE 23505). */
export const isTaken = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === '23505';
