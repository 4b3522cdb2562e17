// A real PostgreSQL of the engine's own where DATABASE_URL is not set: under any account, in one folder.
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../config.ts';
import type { Log } from '../log.ts';
import { takeLock } from '../setup/lock-directory.mjs';
import { findAccount } from './embedded/account.ts';
import { databaseName, ensureCluster, userName } from './embedded/cluster.ts';
import { endLeftovers } from './embedded/leftovers.ts';
import { PostgresServer } from './embedded/postgres-server.ts';
import { findPrograms } from './embedded/programs.ts';

export type Embedded = {
  /** `postgresql://…`, the same as long as the engine runs, even where PostgreSQL had to be started again. */
  url: string;
  /** Shuts PostgreSQL down cleanly; resolves once no process of it is left. */
  stop(): Promise<void>;
};

/** A second in all, since the former owner may be about to end, as after `kill -9` and a start in one line. */
const ownershipTriesMax = 20;
const ownershipPauseMs = 50;

/**
 * Starts the PostgreSQL in `directory` on a free port of 127.0.0.1, and makes it first where there is none.
 * The PostgreSQL of a killed engine is ended first; a living engine's is left alone.
 * @param options.directory holds everything: data, password, log and lock; its parent is made too
 * @throws when another engine uses the directory, or PostgreSQL can't run here; the message says what to do
 */
export async function startEmbedded(options: {
  directory: string;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}): Promise<Embedded> {
  const { directory, log } = options;
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory, { mode: 0o700, recursive: true });
  const place = await realpath(directory);
  const lock = await takeOwnership(place);
  try {
    const { url, server } = await startOwned(place, log);
    return { url, stop: () => server.stop().finally(lock.release) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function takeOwnership(place: string): Promise<{ release(): void }> {
  for (let tries = 1; ; tries++) {
    const taken = takeLock(join(place, 'owner'));
    if (!('heldBy' in taken)) return taken;
    if (tries === ownershipTriesMax) {
      const engine = taken.heldBy === undefined ? 'An engine' : `The engine with process id ${taken.heldBy}`;
      throw new ConfigError(
        `${engine} uses the database in ${place}: stop that one, or give this one another WORKSPACE_BASE_PATH or a DATABASE_URL.`,
      );
    }
    await sleep(ownershipPauseMs);
  }
}

async function startOwned(place: string, log: Pick<Log, 'info' | 'warn' | 'error'>) {
  const startedAt = Date.now();
  const programs = await findPrograms();
  const account = await findAccount(place, programs.postgres);
  const leftovers = await endLeftovers(place);
  const { data, password, isNew } = await ensureCluster(place, programs, account);
  const server = await PostgresServer.start({ place, data, postgres: programs.postgres, account, log });
  const url = `postgresql://${userName}:${password}@127.0.0.1:${server.port}/${databaseName}`;
  const tookMs = Date.now() - startedAt;
  log.info('database.embedded', { did: isNew ? 'created' : 'started', port: server.port, leftovers, tookMs });
  return { url, server };
}
