// Applies the numbered SQL files of `schema/sql/`, each once, under a lock that several engines can contend for.
import { readdir, readFile } from 'node:fs/promises';
import { type CommonQueryMethods, type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import * as v from 'valibot';
import { runInTransaction } from '../../actors/persistence/database-pool.ts';
import { findMigrationsTable, ownTable, prepareOwnSchema } from './own-schema.ts';

const folder = new URL('../../schema/sql/', import.meta.url);

/** Any number serves, as long as every engine uses the same: the bytes of "lucid". */
const lockKey = 0x6c75636964;

export type Migration = { name: string; isApplied: boolean };

const Name = v.object({ name: v.string() });

/** @returns the names of those that were applied now */
export async function migrate(pool: DatabasePool): Promise<string[]> {
  const names = await listMigrationNames();
  return runInTransaction(pool, pool, async (connection) => {
    await connection.query(sql.unsafe`SELECT pg_advisory_xact_lock(${lockKey}::bigint)`);
    await prepareOwnSchema(connection);
    const applied = await readAppliedNames(connection);
    const missing = names.filter((name) => !applied.has(name));
    for (const name of missing) await applyMigration(connection, name);
    return missing;
  });
}

/** What there is and what the database has, without changing anything. */
export async function readMigrationStatus(pool: DatabasePool): Promise<Migration[]> {
  const names = await listMigrationNames();
  return pool.connect(async (connection) => {
    const table = await findMigrationsTable(connection);
    const applied = table === null ? new Set<string>() : await readAppliedNames(connection, table);
    return names.map((name) => ({ name, isApplied: applied.has(name) }));
  });
}

async function listMigrationNames(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
}

async function readAppliedNames(connection: Pick<CommonQueryMethods, 'any'>, table = ownTable): Promise<Set<string>> {
  const rows = await connection.any(sql.type(Name)`SELECT name FROM ${sql.identifier(table)}`);
  return new Set(rows.map((row) => row.name));
}

async function applyMigration(connection: DatabaseTransactionConnection, name: string): Promise<void> {
  const text = await readFile(new URL(name, folder), 'utf8');
  for (const statement of statementsOf(text)) await connection.query(rawQueryOf(statement));
  await connection.query(sql.unsafe`INSERT INTO lucid_engine.engine_migrations (name) VALUES (${name})`);
}

/**
 * Our files end a statement with `;` at the end of a line, and nowhere else but between `$$`; slonik takes one statement
 * at a time.
 */
export const statementsOf = (text: string): string[] =>
  (text.match(/(?:\$\$[\s\S]*?\$\$|;(?![ \t]*(?:\r?\n|$))|[^;])+/g) ?? [])
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^\s*--.*$/gm, '').trim() !== '');

/** The text of a file of ours as a query; slonik's tag can't take text that isn't a literal. */
const rawQueryOf = (text: string) => {
  const empty = sql.unsafe``;
  return { ...empty, sql: text };
};
