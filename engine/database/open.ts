// Opens the engine's database: the configured PostgreSQL or an embedded one, migrated and checked.
import path from 'node:path';
import type { DatabasePool } from 'slonik';
import { openPool } from '../../actors/persistence/database.ts';
import { limits } from '../../schema/limits.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Log } from '../log.ts';
import { startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { unsafeSettings } from './server.ts';

/** The gateway's reads; the writes have a connection of their own. */
const readConnectionsMax = 10;
const statementTimeoutMs = 30_000;

export type Database = {
  pool: DatabasePool;
  /** One connection, to ask whether PostgreSQL answers. */
  probe: DatabasePool;
  databaseUrl: string;
  close(): Promise<void>;
};

/** @throws ConfigError in production, when a setting of the server would lose what clients have seen */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const directory = path.resolve(config.WORKSPACE_BASE_PATH, '.postgres');
  const embedded = config.DATABASE_URL === undefined ? await startEmbedded({ directory, log }) : undefined;
  const databaseUrl = embedded?.url ?? (config.DATABASE_URL as string);
  const pool = await openPool(databaseUrl, {
    connectionsMax: readConnectionsMax,
    statementTimeoutMs,
    onError: (error) => log.error('database.error', { where: 'gateway', reason: error.message }),
  });
  const probe = await openPool(databaseUrl, {
    connectionsMax: 1,
    statementTimeoutMs: limits.databaseProbeTimeoutMs,
    onError: () => undefined, // The next question says so.
  });
  const close = async () => {
    await Promise.all([pool.end(), probe.end()]);
    await embedded?.stop();
  };
  try {
    const applied = await migrate(pool);
    if (applied.length > 0) log.info('database.migrated', { applied: applied.join(', ') });
    for (const problem of await unsafeSettings(pool)) {
      if (config.NODE_ENV === 'production') throw new ConfigError(problem);
      log.warn('config.warning', { warning: problem });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { pool, probe, databaseUrl, close };
}
