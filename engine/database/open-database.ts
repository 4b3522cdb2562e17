// Opens the engine's database: the configured PostgreSQL or an embedded one, migrated and checked; waits while it is away.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabasePool } from 'slonik';
import { isAway, openPool } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Log } from '../log.ts';
import { databaseReadTimeoutMs } from './bounded-queries.ts';
import { troubleOf } from './database-trouble.ts';
import { startEmbedded } from './embedded.ts';
import { migrate } from './migrations.ts';
import { findUnsafeSettings } from './server-settings.ts';
import { settleUrl } from './settle-url.ts';

/** How long a start waits for an absent PostgreSQL before it asks again: twice as long each time. */
const databaseWaitMsMin = 500;
const databaseWaitMsMax = 10_000;

/** The main thread's connections; the persistence thread has one of its own. */
const connectionsMax = 10;
const runConnectionsMax = 2;
/** No longer than who asked waits: what is given up must not go on in PostgreSQL beside what is asked next. */
const statementTimeoutMs = databaseReadTimeoutMs;

export type Database = {
  pool: DatabasePool;
  /** Of the pool: `connection_limit` of the URL may leave fewer. */
  connectionsMax: number;
  /** One connection, which asks whether PostgreSQL answers. */
  probe: DatabasePool;
  /** Two connections of the run's own: a beat waits neither behind what clients ask nor behind a take-over. */
  ofRun: DatabasePool;
  databaseUrl: string;
  /** Whether PostgreSQL was away at first: other runs may look dead that only couldn't beat. */
  wasAway: boolean;
  close(): Promise<void>;
};

type Opened = Omit<Database, 'wasAway'>;

/**
 * @param stopping ends the waiting
 * @throws ConfigError when somebody has to change something first
 */
export async function openDatabase(config: Config, log: Log, stopping?: AbortSignal): Promise<Database> {
  const directory = path.resolve(config.WORKSPACE_BASE_PATH, '.postgres');
  if (config.DATABASE_URL !== undefined) {
    const url = config.DATABASE_URL;
    const { value, wasAway } = await waitForDatabase(url, log, stopping, () => openUrl(url, config, log));
    return { ...value, wasAway };
  }
  const embedded = await startEmbedded({ directory, log });
  try {
    const opened = await openUrl(embedded.url, config, log);
    const close = () => opened.close().finally(() => embedded.stop());
    return { ...opened, wasAway: false, close };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/**
 * Tries until PostgreSQL is there.
 * @throws ConfigError, with a sentence that says what to do, for trouble that doesn't pass
 */
export async function waitForDatabase<T>(
  url: string,
  log: Pick<Log, 'warn'>,
  stopping: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<{ value: T; wasAway: boolean }> {
  for (let tries = 0; ; tries++) {
    try {
      return { value: await work(), wasAway: tries > 0 };
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const trouble = troubleOf(error, url);
      if (!trouble) throw error;
      if (trouble.isFinal) throw new ConfigError(trouble.sentence);
      const waitMs = Math.min(databaseWaitMsMax, databaseWaitMsMin * 2 ** tries);
      log.warn('database.awaited', { reason: trouble.sentence, nextTryMs: waitMs });
      await delay(waitMs, undefined, { signal: stopping });
    }
  }
}

async function openUrl(url: string, config: Config, log: Log): Promise<Opened> {
  const databaseUrl = await settleUrl(url);
  const pool = await openPool(databaseUrl, {
    connectionsMax: connectionsMax,
    statementTimeoutMs,
    onError: (error) => {
      // Failures of a query go to whoever asked. `gateway` is an older name of the main thread that alerts may know.
      if (isAway(error)) log.warn('database.error', { where: 'gateway', reason: error.message });
    },
  });
  const probe = await openPool(databaseUrl, {
    connectionsMax: 1,
    statementTimeoutMs: limits.databaseProbeTimeoutMs,
    onError: () => undefined, // The next probe reports it.
  });
  const ofRun = await openPool(databaseUrl, {
    connectionsMax: runConnectionsMax,
    statementTimeoutMs,
    onError: () => undefined, // A beat that fails says so itself.
  });
  const close = async () => {
    await Promise.all([pool.end(), probe.end(), ofRun.end()]);
  };
  try {
    await prepareDatabase(pool, config, log);
  } catch (error) {
    await close();
    throw error;
  }
  const { maxPoolSize = connectionsMax } = pool.configuration;
  return { pool, connectionsMax: maxPoolSize, probe, ofRun, databaseUrl, close };
}

/** @throws ConfigError in production, when a setting of the server would lose what clients have seen */
async function prepareDatabase(pool: DatabasePool, config: Config, log: Log): Promise<void> {
  const applied = await migrate(pool);
  if (applied.length > 0) log.info('database.migrated', { applied: applied.join(', ') });
  for (const problem of await findUnsafeSettings(pool)) {
    if (config.NODE_ENV === 'production') throw new ConfigError(problem);
    log.warn('config.warning', { warning: problem });
  }
}
