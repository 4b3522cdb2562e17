// Makes the schema of the engine's own tables before the first migration, and moves the tables of earlier versions there.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';

type SchemaConnection = Pick<CommonQueryMethods, 'exists' | 'one' | 'query'>;

/** The table of the migrations that are applied. */
export const ownTable = ['lucid_engine', 'engine_migrations'];

/** The same table before migration 0006: in the reference's schema, with the other tables that are moved. */
const earlierTable = ['engine_migrations'];
const movedTables = ['engine_migrations', 'agent_sessions', 'engine_runs', 'refused_rows'];

/** The engine can't work on the database's tables, and a person has to mend them. */
export class SchemaError extends Error {}

/** Creates only what is missing, so that a role that may only read and write works on what another one has made. */
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

/** Takes the schema out of the `search_path`, where a role of its name has it first: the reference's tables go elsewhere. */
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

/** The tables are the engine's own: with an `agent_sessions` of the front end, the first migration would have failed. */
async function moveTables(connection: SchemaConnection): Promise<void> {
  for (const table of movedTables)
    await connection.query(sql.unsafe`ALTER TABLE IF EXISTS ${sql.identifier([table])} SET SCHEMA lucid_engine`);
}

const Place = v.object({ isDropped: v.boolean(), isElsewhere: v.boolean() });

/**
 * Drops the engine's other tables once its messages are gone: `prisma db push --force-reset` drops the reference's schema,
 * and with it the messages, which inherit from it.
 * @throws SchemaError where the messages belong to chats of another schema than the one in use
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
    DROP TABLE IF EXISTS lucid_engine.shares, lucid_engine.agent_sessions, lucid_engine.refused_rows, lucid_engine.engine_runs,
      lucid_engine.webhooks, lucid_engine.webhook_deliveries`);
  await connection.query(sql.unsafe`DELETE FROM lucid_engine.engine_migrations`);
}

const chatsAreElsewhere =
  'the chats of this database are in another schema than the one that is looked into: set schema= in the URL to it.';

const hasTable = (connection: Pick<SchemaConnection, 'exists'>, table: string): Promise<boolean> =>
  connection.exists(sql.unsafe`SELECT 1 FROM pg_class WHERE oid = to_regclass(${table})`);
