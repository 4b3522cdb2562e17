// The bench's own access to PostgreSQL: it counts what is stored, and makes a database for measuring in.
import { randomBytes } from 'node:crypto';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../actors/persistence/database-pool.ts';
import { eventColumns } from '../actors/persistence/queries/event-columns.ts';

export type ScratchDatabase = { url: string; drop(): Promise<void> };

/** The database is an empty one beside that of DATABASE_URL, whose rows stay as they are. */
export async function createScratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = `lucid_bench_${randomBytes(8).toString('hex')}`;
  await runStatement(serverUrl, sql.unsafe`CREATE DATABASE ${sql.identifier([name])}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => runStatement(serverUrl, sql.unsafe`DROP DATABASE ${sql.identifier([name])} WITH (FORCE)`),
  };
}

/** The database is empty, on a server that ends with the measurement. */
export const createDatabase = (serverUrl: string, name: string): Promise<void> =>
  runStatement(serverUrl, sql.unsafe`CREATE DATABASE ${sql.identifier([name])}`);

export async function readServerVersion(serverUrl: string): Promise<string> {
  const pool = await openOwnPool(serverUrl);
  try {
    return await pool.oneFirst(
      sql.type(v.object({ version: v.string() }))`SELECT current_setting('server_version') AS version`,
    );
  } finally {
    await pool.end();
  }
}

async function runStatement(url: string, statement: ReturnType<typeof sql.unsafe>): Promise<void> {
  const pool = await openOwnPool(url);
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}

/** The limit is long, since the bench's own statements are. */
const openOwnPool = (url: string): Promise<DatabasePool> =>
  openPool(url, { connectionsMax: 1, statementTimeoutMs: 600_000, onError: () => undefined });

const Count = v.object({ events: v.number(), sessions: v.number() });

const ChatOf = v.object({ chat_id: v.string() });

export type StoredCounts = v.InferOutput<typeof Count>;

export class RowCounter {
  readonly #pool: DatabasePool;

  private constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  static async open(databaseUrl: string): Promise<RowCounter> {
    const pool = await openOwnPool(databaseUrl);
    pool.on('error', () => undefined); // The engine and its PostgreSQL may end before this pool does.
    return new RowCounter(pool);
  }

  /** Rows are counted one by one, since PostgreSQL's statistics lag behind. */
  count(): Promise<StoredCounts> {
    return this.#pool.one(sql.type(Count)`
      SELECT (SELECT count(*) FROM lucid_engine.chat_messages)::int AS events, (SELECT count(*) FROM lucid_engine.agent_sessions)::int AS sessions`);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** Reads one session's rows, as they are. */
export class RowReader {
  readonly #pool: DatabasePool;
  readonly #chatId: string;

  private constructor(pool: DatabasePool, chatId: string) {
    this.#pool = pool;
    this.#chatId = chatId;
  }

  static async open(databaseUrl: string, sessionId: string): Promise<RowReader> {
    const pool = await openOwnPool(databaseUrl);
    pool.on('error', () => undefined); // The engine and its PostgreSQL may end before this pool does.
    const chatId = await pool.oneFirst(
      sql.type(ChatOf)`SELECT chat_id FROM lucid_engine.agent_sessions WHERE id = ${sessionId}`,
    );
    return new RowReader(pool, chatId);
  }

  /** @returns how many were read */
  async countRowsAfter(sequence: number): Promise<number> {
    const rows = await this.#pool.any(sql.unsafe`
      SELECT ${eventColumns} FROM lucid_engine.chat_messages
      WHERE session_id = ${this.#chatId} AND sequence > ${sequence} ORDER BY sequence`);
    return rows.length;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

export type Filling = { user: string; chats: number; messagesPerChat?: number };

/** Chats of one statement, so that none takes long. */
const fillStep = 100;
/** The length of an agent's average step, with its metadata. */
const contentChars = 200;

/**
 * Stores chats of one user, each a second older than the one before, `user-1`, `user-2` … by name, and messages in each
 * that alternate between user and assistant. PostgreSQL's statistics are fresh afterwards.
 */
export async function fillChats(databaseUrl: string, { user, chats, messagesPerChat = 0 }: Filling): Promise<void> {
  const pool = await openOwnPool(databaseUrl);
  try {
    await pool.query(sql.unsafe`INSERT INTO users (id) VALUES (${user}) ON CONFLICT DO NOTHING`);
    for (let from = 1; from <= chats; from += fillStep) {
      const to = Math.min(from + fillStep - 1, chats);
      await pool.query(sql.unsafe`
        INSERT INTO chat_sessions (id, user_id, title, model_provider, is_active, created_at, updated_at)
        SELECT ${user} || '-' || n, ${user}, 'Chat ' || n, 'anthropic', false, t, t
        FROM generate_series(${from}::int, ${to}::int) n, LATERAL (SELECT now() - n * interval '1 second') at(t)`);
      await pool.query(sql.unsafe`
        INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, event_type, metadata_json, sequence, epoch, created_at)
        SELECT ${user} || '-' || n || '-' || s, ${user} || '-' || n, (ARRAY['user', 'assistant'])[1 + s % 2],
          repeat('x', ${contentChars}::int), 'MessageAction', '{"step":1}', s, 1, now()
        FROM generate_series(${from}::int, ${to}::int) n, generate_series(1, ${messagesPerChat}::int) s`);
    }
    await pool.query(sql.unsafe`VACUUM (ANALYZE) chat_sessions, lucid_engine.chat_messages`);
  } finally {
    await pool.end();
  }
}
