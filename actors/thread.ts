// Piscina's entry: the tasks that a worker thread can be, each of which lasts as long as the thread.

import { openGateway } from '../sandbox/git/gateway.ts';
import { openSources } from '../sandbox/open-sources.ts';
import { limits } from '../schema/limits.ts';
import type { HostData, PersistenceData } from '../schema/thread.ts';
import { Host } from './host.ts';
import { Models } from './models/models.ts';
import { openPool } from './persistence/database.ts';
import { Persistence } from './persistence/persistence.ts';
import { databaseStorage, droppingStorage } from './persistence/storage.ts';

/** Runs session actors until it has drained. */
export async function host(data: HostData): Promise<void> {
  const { config } = data;
  const git = openGateway(config.sandboxes.agents, {
    allowed: config.gitAllowedHosts,
    onBug: (error) => running.logBug('git.bug', error),
  });
  const running: Host = new Host({
    ...data,
    models: new Models(config.models, config.mockStepDelayMs),
    sandboxes: openSources(config.sandboxes, git.socketPath),
    git: git.gateway,
    now: Date.now,
  });
  await running.finished;
  await git.close();
}

/** Stores what hosts record until it has drained. */
export async function persistence({ gateway, databaseUrl, dropsRows }: PersistenceData): Promise<void> {
  const pool = await openPool(databaseUrl, {
    connectionsMax: 1,
    statementTimeoutMs: limits.databaseWriteTimeoutMs,
    onError: () => undefined, // The statement that fails says so itself.
  });
  const running = new Persistence(gateway, dropsRows ? droppingStorage : databaseStorage(pool));
  await running.finished;
  await pool.end();
}
