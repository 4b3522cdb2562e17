// Piscina's entry: the tasks that a worker thread can be, each of which lasts as long as the thread.
import { flushCompileCache } from 'node:module';
import { limits } from '../schema/limits.ts';
import type { HostData, PersistenceData } from '../schema/thread.ts';
import { Models } from './models/models.ts';
import { openPool } from './persistence/database.ts';
import { Persistence } from './persistence/persistence.ts';
import { databaseStorage, droppingStorage } from './persistence/storage.ts';
import { runHost } from './run-host.ts';

/** Runs session actors until it has drained. */
export function host(data: HostData): Promise<void> {
  flushCompileCache();
  return runHost(data, new Models(data.config.models, data.config.mockStepDelayMs));
}

/** Stores what hosts record until it has drained. */
export async function persistence({ gateway, runId, databaseUrl, dropsRows }: PersistenceData): Promise<void> {
  flushCompileCache();
  const pool = await openPool(databaseUrl, {
    connectionsMax: 1,
    statementTimeoutMs: limits.databaseWriteTimeoutMs,
    onError: () => undefined, // The statement that fails says so itself.
  });
  const running = new Persistence(gateway, dropsRows ? droppingStorage : databaseStorage(pool, runId));
  await running.finished;
  await pool.end();
}
