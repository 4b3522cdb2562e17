// Piscina's entry: the tasks that a worker thread can be, each of which lasts as long as the thread.

import { openSource } from '../sandbox/open-source.ts';
import type { HostData, PersistenceData } from '../schema/thread.ts';
import { Host } from './host.ts';
import { ScriptedModel } from './models/scripted.ts';
import { openPool } from './persistence/database.ts';
import { Persistence } from './persistence/persistence.ts';
import { databaseStorage, droppingStorage } from './persistence/storage.ts';

/** Runs session actors until it has drained. */
export async function host(data: HostData): Promise<void> {
  const running = new Host({
    ...data,
    model: new ScriptedModel(data.config.mockStepDelayMs),
    sandboxes: openSource(data.config.sandbox),
    now: Date.now,
  });
  await running.finished;
}

/** Stores what hosts record until it has drained. */
export async function persistence({ gateway, databaseUrl, dropsRows }: PersistenceData): Promise<void> {
  const pool = await openPool(databaseUrl, { connectionsMax: 1, statementTimeoutMs: 30_000, onError: () => undefined });
  const running = new Persistence(gateway, dropsRows ? droppingStorage : databaseStorage(pool));
  await running.finished;
  await pool.end();
}
