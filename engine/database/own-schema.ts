// The schema of the engine's own tables, there before the first migration; what earlier versions had elsewhere is moved.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';

type SchemaConnection = Pick<CommonQueryMethods, 'exists' | 'one' | 'query'>;

/** Which migrations are applied. */
export const ownTable = ['lucid_engine', 'engine_migrations'];

/** Where versions before 0006 had it: in the reference's schema, with the other tables that are moved. */
const earlierTable = ['engine_migrations'];
const movedTables = ['engine_migrations', 'agent_sessions', 'engine_runs', 'refused_rows'];

/** The database's tables aren't what this engine can work on, and a person has to mend it. */
export class SchemaError extends Error {}

/** Asks before it creates: a role that may only read and write works on what another one has made. */
export async function prepareOwnSchema(connection: SchemaConnection): Promise<void> {
  await leaveSearchPath(connection);
  if (!(await connection.exists(sql.unsafe`SELECT 1 FROM pg_namespace WHERE nspname = 'lucid_engine'`)))
    await connection.query(sql.unsafe`CREATE SCHEMA lucid_engine`);
  const table = await findMigrationsTable(connection);
  if (table === earlierTable) await moveTables(connection);
  if (table === ownTable) await forgetDroppedSchema(connection);
  if (table === null)
    await connection.query(sql.unsafe`
      CREATE TABLE lucid_engine.engine_migrations (
        name varchar PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`);
}

/** A role that is named as our schema has it first in its `search_path`: the reference's tables are not for there. */
async function leaveSearchPath(connection: SchemaConnection): Promise<void> {
  await connection.query(sql.unsafe`
    SELECT set_config('search_path', coalesce(string_agg(quote_ident(name), ', ' ORDER BY place), 'public'), true)
    FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, place) WHERE name <> 'lucid_engine'`);
}

/** @returns the name of the table of migrations, wherever it is; null where nothing was ever applied */
export async function findMigrationsTable(connection: Pick<SchemaConnection, 'exists'>): Promise<string[] | null> {
  if (await hasTable(connection, 'lucid_engine.engine_migrations')) return ownTable;
  return (await hasTable(connection, 'engine_migrations')) ? earlierTable : null;
}

/** They are ours since the table of migrations is: the front end's own `agent_sessions` would have failed the first. */
async function moveTables(connection: SchemaConnection): Promise<void> {
  for (const table of movedTables)
    await connection.query(sql.unsafe`ALTER TABLE IF EXISTS ${sql.identifier([table])} SET SCHEMA lucid_engine`);
}

const Place = v.object({ isDropped: v.boolean(), isElsewhere: v.boolean() });

/**
 * `prisma db push --force-reset` drops the reference's schema, and with it our messages, since they inherit. What is left
 * speaks of chats that are gone: all begins anew. Where messages are there, they must belong to the chats that are seen.
 */
async function forgetDroppedSchema(connection: SchemaConnection): Promise<void> {
  const isMoved = await connection.exists(
    sql.unsafe`SELECT 1 FROM lucid_engine.engine_migrations WHERE name = '0006_own_schema.sql'`,
  );
  if (!isMoved) return;
  const { isDropped, isElsewhere } = await connection.one(sql.type(Place)`
    SELECT to_regclass('lucid_engine.chat_messages') IS NULL AS "isDropped", NOT EXISTS (
      SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass('lucid_engine.chat_messages')
        AND inhparent = to_regclass('chat_messages')
    ) AS "isElsewhere"`);
  if (!isDropped && isElsewhere) throw new SchemaError(chatsAreElsewhere);
  if (!isDropped) return;
  await connection.query(sql.unsafe`
    DROP TABLE IF EXISTS lucid_engine.agent_sessions, lucid_engine.refused_rows, lucid_engine.engine_runs`);
  await connection.query(sql.unsafe`DELETE FROM lucid_engine.engine_migrations`);
}

const chatsAreElsewhere =
  'the chats of this database are in another schema than the one that is looked into: set schema= in the URL to it.';

const hasTable = (connection: Pick<SchemaConnection, 'exists'>, table: string): Promise<boolean> =>
  connection.exists(sql.unsafe`SELECT 1 FROM pg_class WHERE oid = to_regclass(${table})`);
