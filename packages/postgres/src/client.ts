/** What is used of `new Pool(…)` of the package `pg`. */
export interface PgPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** What is used of `postgres(…)` of the package `postgres`. */
export interface PostgresSql {
  // Of that package a list of everything that a parameter may be.
  unsafe(text: string, values?: never[]): PromiseLike<readonly unknown[]>;
}

/** A client of one of the two packages. How it connects (TLS, hosts, users) are options of its own. */
export type PostgresClient = PgPool | PostgresSql;

/** A parameter of a statement: never a part of its text. */
export type Parameter = string | number | boolean | null;

/** Runs one statement and answers its rows. */
export type Query = (text: string, parameters?: readonly Parameter[]) => Promise<readonly Row[]>;

export type Row = Readonly<Record<string, unknown>>;

/** @returns undefined for what is no client of either package */
export function createQuery(client: PostgresClient): Query | undefined {
  const { unsafe, query } = (client ?? {}) as Partial<PgPool & PostgresSql>;
  // Without parameters both send the text as it is, so that it may be several statements.
  if (typeof unsafe === 'function')
    return async (text, parameters) => {
      const sql = client as PostgresSql;
      return (await (parameters === undefined ? sql.unsafe(text) : sql.unsafe(text, parameters as never[]))) as Row[];
    };
  if (typeof query === 'function')
    return async (text, parameters) => {
      const pool = client as PgPool;
      const { rows } = await (parameters === undefined ? pool.query(text) : pool.query(text, [...parameters]));
      return rows as Row[];
    };
  return undefined;
}
