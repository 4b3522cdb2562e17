// The reference's front end and its `prisma db push`, before and after the engine, on one database.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';
import { installPrisma, pushSchema } from '../testing/prisma.ts';

/** The front end's schema: the reference's tables, and one of its own with the name of one of the engine's. */
const models = `
model User {
  id     String         @id @db.VarChar
  email  String?
  chats  ChatSession[]
  agents AgentSession[]
  @@map("users")
}
model ChatSession {
  id             String        @id @db.VarChar
  userId         String        @map("user_id") @db.VarChar
  user           User          @relation(fields: [userId], references: [id], onDelete: Cascade, onUpdate: NoAction)
  agentSessionId String?       @map("agent_session_id") @db.VarChar
  projectId      String?       @map("project_id") @db.VarChar
  title          String        @db.VarChar(255)
  modelProvider  String?       @map("model_provider") @db.VarChar(50)
  isActive       Boolean       @default(true) @map("is_active")
  createdAt      DateTime      @default(now()) @map("created_at") @db.Timestamptz(6)
  updatedAt      DateTime      @default(now()) @map("updated_at") @db.Timestamptz(6)
  messages       ChatMessage[]
  @@map("chat_sessions")
}
model ChatMessage {
  id           String      @id @db.VarChar
  sessionId    String      @map("session_id") @db.VarChar
  session      ChatSession @relation(fields: [sessionId], references: [id], onDelete: Cascade, onUpdate: NoAction)
  role         String      @db.VarChar(20)
  content      String
  eventType    String?     @map("event_type") @db.VarChar(100)
  metadataJson String?     @map("metadata_json")
  createdAt    DateTime    @default(now()) @map("created_at") @db.Timestamptz(6)
  @@map("chat_messages")
}
model AgentSession {
  id     String @id
  userId String
  user   User   @relation(fields: [userId], references: [id])
  @@map("agent_sessions")
}`;

const Version = v.object({ version: v.string() });

/** Prisma 6 panics on the constraints of PostgreSQL 18, whatever tables there are; CI has PostgreSQL 15. */
async function whyNotHere(url: string): Promise<string | undefined> {
  const version = await withPool(url, (pool) =>
    pool.oneFirst(sql.type(Version)`SELECT current_setting('server_version_num') AS version`),
  );
  return Number(version) >= 180_000
    ? 'Prisma 6 does not work on PostgreSQL 18; set TEST_DATABASE_URL to an earlier one'
    : undefined;
}

const database = await createTestDatabase();
const reason = (await whyNotHere(database.url)) ?? (await installPrisma());

if (reason !== undefined && process.env.REQUIRE_PRISMA === '1') throw new Error(`REQUIRE_PRISMA is 1, but ${reason}.`);

/** `test` for what needs Prisma; where it can't run it only notes what is left out. */
function prismaTest(name: string, act: () => Promise<void>): void {
  if (reason === undefined) void test(name, act);
  else leaveOut(name, reason);
}

after(() => database.drop());

const Text = v.object({ text: v.string() });

async function withPool<T>(url: string, work: (pool: DatabasePool) => Promise<T>): Promise<T> {
  const pool = await openPool(url, { connectionsMax: 1, statementTimeoutMs: 10_000, onError: () => undefined });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** All columns, indexes and references of both schemas, a line each. */
const layoutOf = (url: string): Promise<readonly string[]> =>
  withPool(url, (pool) =>
    pool.anyFirst(sql.type(Text)`
      SELECT format('%s.%s %s %s', table_schema, table_name, column_name, data_type) AS text
      FROM information_schema.columns WHERE table_schema IN ('public', 'lucid_engine')
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname IN ('public', 'lucid_engine')
      UNION ALL SELECT conrelid::regclass::text || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'
      ORDER BY 1`),
  );

async function workOn(url: string): Promise<void> {
  const engine = await startTestEngine({ databaseUrl: url });
  try {
    const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
    await client.waitForStatus('completed');
    client.send({ type: 'stop' });
    await client.closed;
  } finally {
    await engine.close();
  }
}

prismaTest(
  '`prisma db push` after the engine leaves every table, column and index, and the engine goes on',
  async () => {
    await workOn(database.url);
    await pushSchema(database.url, models); // Adds the front end's own tables.
    const before = await layoutOf(database.url);
    assert.ok(before.some((line) => line.includes('chat_sessions_by_time')));
    assert.ok(before.some((line) => line.startsWith('lucid_engine.chat_messages sequence')));
    assert.match(await pushSchema(database.url, models, ['--accept-data-loss']), /in sync/);
    assert.deepEqual(await layoutOf(database.url), before);
    await workOn(database.url);
  },
);

prismaTest('on a database that Prisma made the engine works, and pushing again changes nothing', async () => {
  const made = await createTestDatabase();
  try {
    await pushSchema(made.url, models);
    await workOn(made.url);
    const before = await layoutOf(made.url);
    await pushSchema(made.url, models, ['--accept-data-loss']);
    assert.deepEqual(await layoutOf(made.url), before);
    await workOn(made.url);
  } finally {
    await made.drop();
  }
});
