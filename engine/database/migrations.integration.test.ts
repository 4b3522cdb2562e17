// Migrations on a real PostgreSQL: an empty one, twice, from several engines at once, and on tables of the Python engine.
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { History } from './history.ts';
import { migrate, readMigrationStatus, statementsOf } from './migrations.ts';
import { ensureUser } from './queries/ensure-user.ts';

let database: TestDatabase;
let pool: DatabasePool;
const pools: DatabasePool[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  pool = await connect();
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((each) => each.end()));
  await database?.drop();
});

after(() => assert.deepEqual(pools, []));

async function connect(): Promise<DatabasePool> {
  const options = { connectionsMax: 2, statementTimeoutMs: 20_000, onError: () => undefined };
  const opened = await openPool(database.url, options);
  pools.push(opened);
  return opened;
}

const Column = v.object({ column: v.string(), type: v.string(), nullable: v.boolean() });

/** The columns of a table, in order: name, type as psql says it, and whether it may be null. */
async function columnsOf(table: string): Promise<string[]> {
  const columns = await pool.any(sql.type(Column)`
    SELECT attname AS column, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable
    FROM pg_attribute WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`);
  return columns.map(({ column, type, nullable }) => `${column} ${type}${nullable ? ' null' : ''}`);
}

/** Runs several statements in one text. */
async function run(text: string): Promise<void> {
  for (const statement of statementsOf(text)) await pool.query({ ...sql.unsafe``, sql: statement });
}

const time = 'timestamp with time zone';
const chatSessions = [
  'id character varying',
  'user_id character varying',
  'agent_session_id character varying null',
  'project_id character varying null',
  'title character varying(255)',
  'model_provider character varying(50) null',
  'is_active boolean',
  `created_at ${time}`,
  `updated_at ${time}`,
];
const chatMessages = [
  'id character varying',
  'session_id character varying',
  'role character varying(20)',
  'content text',
  'event_type character varying(100) null',
  'metadata_json text null',
  `created_at ${time}`,
];
const ownColumns = ['sequence integer', 'epoch integer', 'command_id character varying(255) null'];

test('an empty database gets the reference’s two tables with its columns and types, and the engine’s own', async () => {
  const names = (await readMigrationStatus(pool)).map(({ name }) => name);
  assert.ok(names.length > 0);
  assert.deepEqual(await migrate(pool), names);
  assert.deepEqual(await columnsOf('chat_sessions'), chatSessions);
  assert.deepEqual(await columnsOf('chat_messages'), chatMessages);
  assert.deepEqual(await columnsOf('lucid_engine.chat_messages'), [...chatMessages, ...ownColumns]);
  assert.deepEqual(await columnsOf('users'), ['id character varying']);
});

test('a second migration does nothing', async () => {
  await migrate(pool);
  assert.deepEqual(await migrate(pool), []);
});

test('several engines that start at once migrate once', async () => {
  const engines = await Promise.all([connect(), connect(), connect(), connect()]);
  const applied = await Promise.all(engines.map((engine) => migrate(engine)));
  const names = (await readMigrationStatus(pool)).map(({ name }) => name);
  assert.deepEqual(applied.flat(), names);
});

test('the status says what is applied, and changes nothing', async () => {
  const before = await readMigrationStatus(pool);
  assert.ok(before.every(({ isApplied }) => !isApplied));
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM pg_tables WHERE schemaname = 'public'`), false);
  await migrate(pool);
  const after = await readMigrationStatus(pool);
  assert.deepEqual(
    after,
    before.map(({ name }) => ({ name, isApplied: true })),
  );
});

const pythonTables = `
  CREATE TABLE users (id varchar PRIMARY KEY, email varchar NOT NULL);
  CREATE TABLE chat_sessions (
    id varchar PRIMARY KEY,
    user_id varchar NOT NULL REFERENCES users (id),
    agent_session_id varchar,
    project_id varchar,
    title varchar(255) NOT NULL,
    model_provider varchar(50),
    is_active boolean,
    created_at timestamptz,
    updated_at timestamptz
  );
  CREATE TABLE chat_messages (
    id varchar PRIMARY KEY,
    session_id varchar NOT NULL REFERENCES chat_sessions (id),
    role varchar(20) NOT NULL,
    content text NOT NULL,
    event_type varchar(100),
    metadata_json text,
    created_at timestamptz
  );
  CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
  INSERT INTO alembic_version VALUES ('abc123');
  INSERT INTO users VALUES ('ada', 'ada@example.com');
  INSERT INTO chat_sessions VALUES
    ('c-1', 'ada', 's-1', NULL, 'Old chat', 'anthropic', false, '2026-01-01', '2026-01-02'),
    ('c-2', 'ada', 's-2', 'p-1', 'Other chat', NULL, true, '2026-01-03', '2026-01-03');
  INSERT INTO chat_messages VALUES
    ('m-3', 'c-1', 'assistant', 'third', 'ThinkAction', '{"a":1}', '2026-01-01 00:00:02'),
    ('m-1', 'c-1', 'user', 'first', 'InitialTask', NULL, '2026-01-01 00:00:01'),
    ('m-2', 'c-1', 'assistant', 'second', NULL, NULL, '2026-01-01 00:00:01'),
    ('n-1', 'c-2', 'user', 'elsewhere', 'InitialTask', NULL, '2026-01-03');`;

const Message = v.object({ id: v.string(), session_id: v.string(), sequence: v.number(), epoch: v.number() });
const numbered = () =>
  pool.any(sql.type(Message)`
    SELECT id, session_id, sequence, epoch FROM lucid_engine.chat_messages ORDER BY session_id, sequence`);

test('messages of the Python engine are kept and numbered in the order of their time', async () => {
  await run(pythonTables);
  const before = await pool.any(sql.unsafe`SELECT * FROM chat_sessions ORDER BY id`);
  await migrate(pool);
  assert.deepEqual(await pool.any(sql.unsafe`SELECT * FROM chat_sessions ORDER BY id`), before);
  assert.deepEqual(await numbered(), [
    { id: 'm-1', session_id: 'c-1', sequence: 1, epoch: 0 },
    { id: 'm-2', session_id: 'c-1', sequence: 2, epoch: 0 },
    { id: 'm-3', session_id: 'c-1', sequence: 3, epoch: 0 },
    { id: 'n-1', session_id: 'c-2', sequence: 1, epoch: 0 },
  ]);
  assert.deepEqual(await columnsOf('users'), ['id character varying', 'email character varying']);
  assert.ok(await pool.exists(sql.unsafe`SELECT 1 FROM alembic_version WHERE version_num = 'abc123'`));
});

test('chats that the Python engine left half empty can be read', async () => {
  await run(pythonTables);
  await run(`
    INSERT INTO chat_sessions (id, user_id, title, created_at) VALUES ('c-3', 'ada', 'Half', '2026-01-05');
    INSERT INTO chat_messages (id, session_id, role, content) VALUES ('h-1', 'c-3', 'user', 'Hi');`);
  await migrate(pool);
  const history = new History(pool);
  const atMs = Date.UTC(2026, 0, 5);
  const chat = await history.findChat('ada', 'c-3');
  assert.partialDeepStrictEqual(chat, { isActive: false, createdAtMs: atMs, updatedAtMs: atMs, modelProvider: null });
  const [message] = await history.listMessages('c-3', { limit: 10, afterSequence: 0, withSystem: false });
  assert.partialDeepStrictEqual(message, { content: 'Hi', eventType: null, sequence: 1 });
  assert.equal((await history.listChats('ada', { limit: 10, offset: 0 })).length, 3);
});

test('two messages of a session never get the same number, nor the same command', async () => {
  await run(pythonTables);
  await migrate(pool);
  const insert = (id: string, sequence: number, command: string | null) =>
    pool.query(sql.unsafe`
      INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, sequence, command_id)
      VALUES (${id}, 'c-1', 'user', '', ${sequence}, ${command})`);
  await insert('m-4', 4, 'command');
  await assert.rejects(insert('m-5', 4, null));
  await assert.rejects(insert('m-5', 5, 'command'));
  await insert('m-5', 5, null);
});

test('deleting a chat deletes its messages and its session', async () => {
  await migrate(pool);
  await run(`
    INSERT INTO users VALUES ('ada');
    INSERT INTO chat_sessions (id, user_id, title) VALUES ('c-1', 'ada', 't');
    INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, sequence) VALUES ('m-1', 'c-1', 'user', '', 1);
    INSERT INTO lucid_engine.agent_sessions VALUES ('s-1', 'c-1', 'ada', 1, 'live', '{}', now());
    DELETE FROM chat_sessions;`);
  assert.deepEqual(await numbered(), []);
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM lucid_engine.agent_sessions`), false);
});

const prismaUsers = `
  CREATE TABLE users (
    id text PRIMARY KEY,
    email text NOT NULL,
    "updatedAt" timestamp(3) NOT NULL
  );
  INSERT INTO users VALUES ('ada', 'ada@example.com', now());`;

test('the front end’s users table stays as it is, and the engine adds no user to it', async () => {
  await run(prismaUsers);
  const before = await columnsOf('users');
  await migrate(pool);
  assert.deepEqual(await columnsOf('users'), before);
  assert.deepEqual([await ensureUser(pool, 'ada'), await ensureUser(pool, 'bob')], [true, false]);
  await run(`INSERT INTO users VALUES ('bob', 'bob@example.com', now());`);
  assert.equal(await ensureUser(pool, 'bob'), true);
});

test('a migration that fails changes nothing', async () => {
  await run('CREATE SCHEMA lucid_engine;\nCREATE TABLE lucid_engine.agent_sessions (id int);');
  await assert.rejects(migrate(pool));
  assert.ok((await readMigrationStatus(pool)).every(({ isApplied }) => !isApplied));
  assert.equal(await pool.exists(sql.unsafe`SELECT 1 FROM pg_class WHERE oid = to_regclass('chat_sessions')`), false);
});

test('a file is split at semicolons that end a line, and comments alone are no statement', () => {
  assert.deepEqual(statementsOf(''), []);
  assert.deepEqual(statementsOf('-- nothing\n\n-- at all\n'), []);
  assert.deepEqual(statementsOf('SELECT 1;\r\nSELECT 2;  \n-- end'), ['SELECT 1', 'SELECT 2']);
  assert.deepEqual(statementsOf("-- why\nINSERT INTO t VALUES ('a;b');\nSELECT\n  3"), [
    "-- why\nINSERT INTO t VALUES ('a;b')",
    'SELECT\n  3',
  ]);
  assert.deepEqual(statementsOf('DO $$\nBEGIN\n  x;\nEND $$;\nSELECT 4;'), ['DO $$\nBEGIN\n  x;\nEND $$', 'SELECT 4']);
});
