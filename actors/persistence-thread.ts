// The entry of the thread that is the persistence actor, for as long as it lives. It loads no model, tool or sandbox.
import { flushCompileCache } from 'node:module';
import { limits } from '../schema/limits.ts';
import type { PersistenceData, PersistenceToMain } from '../schema/thread.ts';
import { openPoolOnceThere } from './persistence/database-pool.ts';
import { Persistence } from './persistence/persistence.ts';
import { createDatabaseStore, droppingStore } from './persistence/persistence-store.ts';

/** Stores what hosts record until it has drained. */
export async function runPersistenceThread({
  mainThread,
  runId,
  databaseUrl,
  dropsRows,
  isDebug,
}: PersistenceData): Promise<void> {
  flushCompileCache(); // Node flushes at its end only, which a `kill -9` leaves out.
  const tellAwaited = (reason: string) =>
    mainThread.postMessage({
      kind: 'log',
      entry: { level: 'warn', event: 'database.awaited', fields: { thread: 'persistence', reason } },
    } satisfies PersistenceToMain);
  const options = {
    connectionsMax: 1,
    statementTimeoutMs: limits.databaseWriteTimeoutMs,
    onError: () => undefined, // A statement that fails rejects by itself.
  };
  const pool = await openPoolOnceThere(databaseUrl, options, tellAwaited);
  const running = new Persistence(mainThread, dropsRows ? droppingStore : createDatabaseStore(pool, runId), isDebug);
  await running.finished;
  await pool.end();
}
