// An empty database for a test that needs PostgreSQL.
import { randomBytes } from 'node:crypto';
import { createPool, type DatabasePool, sql } from 'slonik';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

export type TestDatabase = {
  url: string;
  /** Removes the database, also while something is connected to it. */
  drop(): Promise<void>;
};

let ownServer: Promise<TestPostgres> | undefined;
let databases = 0;
let isFinishing = false;

/**
 * The server is the one of the test run; a test file that is run by itself, `node --test <file>`, starts one of its own here,
 * which ends after the file's last test.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL ?? (await startOwnServer()).url;
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runStatement(server, sql.unsafe`CREATE DATABASE ${sql.identifier([name])}`);
  databases += 1;
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      await runStatement(server, sql.unsafe`DROP DATABASE ${sql.identifier([name])} WITH (FORCE)`);
      databases -= 1;
      await stopOwnServer();
    },
  };
}

function startOwnServer(): Promise<TestPostgres> {
  if (!ownServer) {
    ownServer = startTestPostgres();
    process.once('beforeExit', () => {
      isFinishing = true;
      void stopOwnServer();
    });
  }
  return ownServer;
}

/** Hooks that drop databases may run after `beforeExit`; the last of them stops the server. */
async function stopOwnServer(): Promise<void> {
  if (!isFinishing || databases > 0) return;
  const server = await ownServer;
  ownServer = undefined;
  await server?.stop();
}

export async function runStatement(url: string, statement: ReturnType<typeof sql.unsafe>): Promise<void> {
  const pool = await createPool(url, { maxPoolSize: 1, connectionTimeout: 30_000 }); // The machine may be busy.
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}

/** How many statements wait for a lock. */
export const countWaiting = (connection: Pick<DatabasePool, 'oneFirst'>) =>
  connection.oneFirst(sql.unsafe`
    SELECT count(*)::int FROM pg_locks JOIN pg_database ON oid = database
    WHERE datname = current_database() AND NOT granted`) as Promise<number>;
