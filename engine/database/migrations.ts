// Applies the numbered SQL files of `schema/sql/`, each once, under a lock that several engines can contend for.
import { readdir, readFile } from 'node:fs/promises';
import { type CommonQueryMethods, type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import * as v from 'valibot';
import { runInTransaction } from '../../actors/persistence/database-pool.ts';
import { findMigrationsTable, ownTable, prepareOwnSchema } from './own-schema.ts';

const folder = new URL('../../schema/sql/', import.meta.url);

/** The bytes of "lucid"; any number does, as long as every engine uses the same. */
const lockKey = 0x6c75636964;

/** One statement, which may make an index of all messages, or wait for another engine's. */
export const migrationTimeoutMs = 600_000;

export type Migration = { name: string; isApplied: boolean };

const Name = v.object({ name: v.string() });

/** @returns the names of the migrations that were applied now */
export async function migrate(pool: DatabasePool): Promise<string[]> {
  const names = await listMigrationNames();
  return runInTransaction(pool, pool, async (connection) => {
    await connection.query(sql.unsafe`SELECT set_config('statement_timeout', ${String(migrationTimeoutMs)}, true)`);
    await connection.query(sql.unsafe`SELECT pg_advisory_xact_lock(${lockKey}::bigint)`);
    await prepareOwnSchema(connection);
    const applied = await readAppliedNames(connection);
    const missing = names.filter((name) => !applied.has(name));
    for (const name of missing) await applyMigration(connection, name);
    return missing;
  });
}

/** Every migration and whether the database has it; changes nothing. */
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
 * The files end a statement with `;` at the end of a line, and nowhere else but between `$$`; slonik takes one statement
 * at a time.
 */
export const statementsOf = (text: string): string[] =>
  (text.match(/(?:\$\$[\s\S]*?\$\$|;(?![ \t]*(?:\r?\n|$))|[^;])+/g) ?? [])
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^\s*--.*$/gm, '').trim() !== '');

/** A file's text as a query: slonik's tag takes literals only. */
const rawQueryOf = (text: string) => {
  const empty = sql.unsafe``;
  return { ...empty, sql: text };
};
