// The engine's own tables are in a schema of their own; those of earlier versions are moved there with all their rows.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { createTestDatabase, runStatement, type TestDatabase } from '../testing/database.ts';
import { migrate, readMigrationStatus, statementsOf } from './migrations.ts';

let database: TestDatabase;
let pool: DatabasePool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = await connect(database.url);
});

afterEach(async () => {
  await pool?.end();
  await database?.drop();
});

const connect = (url: string) =>
  openPool(url, { connectionsMax: 2, statementTimeoutMs: 20_000, onError: () => undefined });

async function run(text: string): Promise<void> {
  for (const statement of statementsOf(text)) await pool.query({ ...sql.unsafe``, sql: statement });
}

const Name = v.object({ name: v.string() });

const tablesIn = (schema: string) =>
  pool.anyFirst(sql.type(Name)`SELECT tablename AS name FROM pg_tables WHERE schemaname = ${schema} ORDER BY 1`);

/** A database as versions before migration 0006 left it: everything in the reference's schema. */
const earlierTables = `
  CREATE TABLE users (id varchar PRIMARY KEY);
  CREATE TABLE chat_sessions (
    id varchar PRIMARY KEY, user_id varchar NOT NULL REFERENCES users (id) ON DELETE CASCADE, agent_session_id varchar,
    project_id varchar, title varchar(255) NOT NULL, model_provider varchar(50), is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX chat_sessions_newest_first ON chat_sessions (user_id, updated_at DESC, id DESC);
  CREATE TABLE chat_messages (
    id varchar PRIMARY KEY, session_id varchar NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    role varchar(20) NOT NULL, content text NOT NULL, event_type varchar(100), metadata_json text,
    created_at timestamptz NOT NULL DEFAULT now(), sequence integer NOT NULL, epoch integer NOT NULL DEFAULT 0,
    command_id varchar(255));
  CREATE UNIQUE INDEX chat_messages_by_sequence ON chat_messages (session_id, sequence);
  CREATE UNIQUE INDEX chat_messages_by_command ON chat_messages (session_id, command_id) WHERE command_id IS NOT NULL;
  CREATE TABLE agent_sessions (
    id varchar PRIMARY KEY, chat_id varchar NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    user_id varchar NOT NULL, epoch integer NOT NULL, state varchar(20) NOT NULL, settings jsonb NOT NULL,
    created_at timestamptz NOT NULL, sealed_secrets text);
  CREATE TABLE engine_migrations (name varchar PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
  INSERT INTO engine_migrations VALUES ('0001_chats_and_sessions.sql'), ('0002_sealed_secrets.sql');
  INSERT INTO users VALUES ('ada');
  INSERT INTO chat_sessions (id, user_id, title) VALUES ('c-1', 'ada', 'Old chat');
  INSERT INTO chat_messages VALUES ('m-1', 'c-1', 'user', 'first', 'InitialTask', NULL, '2026-01-01', 1, 3, 'k-1');
  INSERT INTO agent_sessions VALUES ('s-1', 'c-1', 'ada', 3, 'live', '{"task":"t"}', '2026-01-01', 'sealed');`;

test('the reference’s schema has the reference’s tables only; the engine’s are in one of their own', async () => {
  await migrate(pool);
  assert.deepEqual(await tablesIn('public'), ['chat_messages', 'chat_sessions', 'users']);
  assert.deepEqual(await tablesIn('lucid_engine'), [
    'agent_sessions',
    'chat_messages',
    'engine_migrations',
    'engine_runs',
    'refused_rows',
    'sandbox_daemons',
    'sandbox_owner',
    'session_files',
    'shares',
    'sign_ins',
    'spending',
    'webhook_deliveries',
    'webhooks',
  ]);
});

test('rows of an earlier version are moved, and none is lost', async () => {
  await run(earlierTables);
  const rows = (table: string) =>
    pool.any(sql.type(v.unknown())`SELECT * FROM ${sql.identifier(table.split('.'))} ORDER BY id`);
  const [messages, sessions] = [await rows('chat_messages'), await rows('agent_sessions')];
  const later = (await readdir(new URL('../../schema/sql/', import.meta.url))).filter(
    (name) => /^\d+_/.test(name) && name > '0004',
  );
  assert.deepEqual(await migrate(pool), later.sort());
  assert.deepEqual(await tablesIn('public'), ['chat_messages', 'chat_sessions', 'users']);
  assert.deepEqual(await rows('lucid_engine.chat_messages'), messages);
  assert.partialDeepStrictEqual(await rows('lucid_engine.agent_sessions'), sessions);
  assert.deepEqual(await migrate(pool), []);
  await assert.rejects(
    run(
      `INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, sequence) VALUES ('m', 'c-1', '', '', 1);`,
    ),
  );
});

test('the reference’s table of messages shows the engine’s rows, and deleting there deletes them', async () => {
  await run(earlierTables);
  await migrate(pool);
  await run(`
    INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, sequence)
      VALUES ('m-2', 'c-1', 'user', 'second', 2), ('m-3', 'c-1', 'user', 'third', 3);
    DELETE FROM chat_messages WHERE id = 'm-2';`);
  const Row = v.object({ content: v.string() });
  const contents = sql.type(Row)`SELECT content FROM chat_messages ORDER BY id`;
  assert.deepEqual(await pool.anyFirst(contents), ['first', 'third']);
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM lucid_engine.chat_messages WHERE id = 'm-2'`), false);
  await run(`DELETE FROM chat_sessions;`);
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM lucid_engine.chat_messages`), false);
});

test('a role that could read the chats still can', async () => {
  const role = `reader_${Date.now()}`;
  await run(`${earlierTables}\nCREATE ROLE ${role};\nGRANT SELECT ON chat_messages TO ${role};`);
  try {
    await migrate(pool);
    await pool.transaction(async (transaction) => {
      await transaction.query({ ...sql.unsafe``, sql: `SET LOCAL ROLE ${role}` });
      assert.equal(await transaction.exists(sql.unsafe`SELECT 1 FROM chat_messages WHERE id = 'm-1'`), true);
    });
  } finally {
    await run(`DROP OWNED BY ${role};\nDROP ROLE ${role};`);
  }
});

test('a front end that has an agent_sessions of its own keeps it', async () => {
  await run(`
    CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL);
    CREATE TABLE agent_sessions (id text PRIMARY KEY, "userId" text NOT NULL REFERENCES users (id), status text NOT NULL);
    INSERT INTO users VALUES ('ada', 'ada@example.com');
    INSERT INTO agent_sessions VALUES ('theirs', 'ada', 'open');`);
  await migrate(pool);
  await migrate(pool);
  const row = await pool.one(sql.type(v.unknown())`SELECT * FROM agent_sessions`);
  assert.deepEqual(row, { id: 'theirs', userId: 'ada', status: 'open' });
});

test('a role that is named as the engine’s schema gets the reference’s tables in the public schema', async () => {
  await run('CREATE ROLE lucid_engine LOGIN SUPERUSER;');
  try {
    await pool.transaction(async (transaction) => {
      await transaction.query(sql.unsafe`SET LOCAL SESSION AUTHORIZATION lucid_engine`);
      await migrate({ transaction: (work: (c: typeof transaction) => unknown) => work(transaction) } as never);
    });
    assert.deepEqual(await tablesIn('public'), ['chat_messages', 'chat_sessions', 'users']);
  } finally {
    await run('DROP OWNED BY lucid_engine CASCADE;\nDROP ROLE lucid_engine;');
  }
});

test('after the reference’s schema was dropped, the next start begins with an empty database', async () => {
  await run(earlierTables);
  await migrate(pool);
  await run('DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;');
  const names = (await readMigrationStatus(pool)).map(({ name }) => name);
  assert.deepEqual(await migrate(pool), names);
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM lucid_engine.agent_sessions`), false);
});

test('a start that looks for the chats in another schema touches nothing and says so', async () => {
  await run(earlierTables);
  await migrate(pool);
  await runStatement(database.url, sql.unsafe`CREATE SCHEMA app`);
  await pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`SET LOCAL search_path TO app`);
    const migrating = migrate({
      transaction: (work: (c: typeof transaction) => unknown) => work(transaction),
    } as never);
    await assert.rejects(async () => migrating, /another schema/);
  });
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM lucid_engine.agent_sessions`), true);
});
