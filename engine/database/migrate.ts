// Applies the numbered SQL files of `schema/sql/`, each once, under a lock that several engines can contend for.
import { readdir, readFile } from 'node:fs/promises';
import { type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import * as v from 'valibot';

const folder = new URL('../../schema/sql/', import.meta.url);

/** Any number serves, as long as every engine uses the same: the bytes of "lucid". */
const lockKey = 0x6c75636964;

export type Migration = { name: string; isApplied: boolean };

const Name = v.object({ name: v.string() });

/** @returns the names of those that were applied now */
export async function migrate(pool: DatabasePool): Promise<string[]> {
  const names = await migrationNames();
  return pool.transaction(async (connection) => {
    await connection.query(sql.unsafe`SELECT pg_advisory_xact_lock(${lockKey}::bigint)`);
    await connection.query(sql.unsafe`
      CREATE TABLE IF NOT EXISTS engine_migrations (
        name varchar PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`);
    const applied = await appliedNames(connection);
    const missing = names.filter((name) => !applied.has(name));
    for (const name of missing) await apply(connection, name);
    return missing;
  });
}

/** What there is and what the database has, without changing anything. */
export async function migrationStatus(pool: DatabasePool): Promise<Migration[]> {
  const names = await migrationNames();
  return pool.connect(async (connection) => {
    const exists = await connection.exists(
      sql.unsafe`SELECT 1 FROM pg_class WHERE oid = to_regclass('engine_migrations')`,
    );
    const applied = exists ? await appliedNames(connection) : new Set<string>();
    return names.map((name) => ({ name, isApplied: applied.has(name) }));
  });
}

async function migrationNames(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
}

async function appliedNames(connection: Pick<DatabaseTransactionConnection, 'any'>): Promise<Set<string>> {
  const rows = await connection.any(sql.type(Name)`SELECT name FROM engine_migrations`);
  return new Set(rows.map((row) => row.name));
}

async function apply(connection: DatabaseTransactionConnection, name: string): Promise<void> {
  const text = await readFile(new URL(name, folder), 'utf8');
  for (const statement of statementsOf(text)) await connection.query(rawQuery(statement));
  await connection.query(sql.unsafe`INSERT INTO engine_migrations (name) VALUES (${name})`);
}

/** Our files end a statement with `;` at the end of a line, and nowhere else; slonik takes one statement at a time. */
export const statementsOf = (text: string): string[] =>
  text
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^\s*--.*$/gm, '').trim() !== '');

/** The text of a file of ours as a query; slonik's tag can't take text that isn't a literal. */
const rawQuery = (text: string) => {
  const empty = sql.unsafe``;
  return { ...empty, sql: text };
};
