// Stores batches of writes in an empty database with the engine's tables.
import { type DatabasePool, sql } from 'slonik';
import type { BatchResult, QueuedWrite } from '../../actors/persistence/batch.ts';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { storeBatch } from '../../actors/persistence/store-batch.ts';
import { SessionWrites } from '../../actors/testing/session-writes.ts';
import type { Write } from '../../schema/thread.ts';
import { migrate } from '../database/migrations.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export class TestStore {
  readonly pool: DatabasePool;
  readonly #database: TestDatabase;
  #names = 0;

  private constructor(pool: DatabasePool, database: TestDatabase) {
    this.pool = pool;
    this.#database = database;
  }

  /** The user of all sessions is ada. */
  static async open(): Promise<TestStore> {
    const database = await createTestDatabase();
    const bounds = { connectionsMax: 8, statementTimeoutMs: 10_000, onError: () => undefined };
    const pool = await openPool(database.url, bounds);
    await migrate(pool);
    await pool.query(sql.unsafe`INSERT INTO users (id) VALUES ('ada')`);
    return new TestStore(pool, database);
  }

  /** Nothing of the session is stored. */
  makeSession(): SessionWrites {
    return new SessionWrites(`${++this.#names}`);
  }

  /** The session is stored without events. */
  async openSession(): Promise<SessionWrites> {
    const writes = this.makeSession();
    await this.store(writes.openWrite());
    return writes;
  }

  store(...writes: Write[]): Promise<BatchResult> {
    return storeBatch(this.pool, queueWrites(writes), new Map());
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.#database.drop();
  }
}

/** The writes are those of host 0. */
export const queueWrites = (writes: readonly Write[]): QueuedWrite[] => writes.map((write) => ({ host: 0, write }));
