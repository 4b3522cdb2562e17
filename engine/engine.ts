// The composition root: opens the database, starts the ring, and opens the door.
import { createRequire } from 'node:module';
import path from 'node:path';
import type { DatabasePool } from 'slonik';
import { openPool } from '../actors/persistence/database.ts';
import { limits } from '../schema/limits.ts';
import type { Mode } from '../schema/session.ts';
import { type Config, ConfigError } from './config.ts';
import { startEmbedded } from './database/embedded.ts';
import { History } from './database/history.ts';
import { migrate } from './database/migrate.ts';
import { unsafeSettings } from './database/server.ts';
import { Directory } from './directory.ts';
import { DockerProbe } from './docker.ts';
import { drain } from './drain.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { Auth } from './server/auth.ts';
import { chatRoutes } from './server/routes/chats.ts';
import { fileRoutes } from './server/routes/files.ts';
import { healthRoutes, type Status } from './server/routes/health.ts';
import { sessionRoutes } from './server/routes/sessions.ts';
import { Server } from './server/server.ts';
import type { OpenSockets, SocketParts } from './server/socket.ts';
import { Sessions } from './sessions.ts';
import { Supervisor } from './supervisor.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** The gateway's reads; the writes have a connection of their own. */
const readConnectionsMax = 10;
const statementTimeoutMs = 30_000;

export type EngineOptions = {
  config: Config;
  log: Log;
  /** Called when the engine can't go on; the process should end. */
  onFatal(error: unknown): void;
  /** Drops rows instead of storing them: for measuring the ring alone. */
  dropsRows?: boolean;
  /** How long a client may take to say what it wants. */
  firstMessageTimeoutMs?: number;
};

export type Engine = {
  port: number;
  databaseUrl: string;
  supervisor: Supervisor;
  /** @returns whether everything was stored in time */
  stop(): Promise<boolean>;
};

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { config, log, onFatal, dropsRows = false, firstMessageTimeoutMs = limits.firstMessageTimeoutMs } = options;
  const database = await openDatabase(config, log);
  const { pool, databaseUrl } = database;
  const mode: Mode = 'mock';
  const metrics = new Metrics();
  const directory = new Directory(config.HOST_THREADS);
  const history = new History(pool);
  const docker = new DockerProbe(log);
  let storageProblem: string | undefined;

  const supervisor: Supervisor = new Supervisor({
    hosts: config.HOST_THREADS,
    hostConfig: hostConfigOf(config, mode),
    databaseUrl,
    dropsRows,
    log,
    listener: {
      heardHost: (_, message) => (message.kind === 'log' ? log.entry(message.entry) : sessions.heardHost(message)),
      heardPersistence: (message) => {
        if (message.kind === 'frames') sessions.deliver(message.frames);
        else if (message.kind === 'log') log.entry(message.entry);
        else {
          storageProblem = message.isAvailable ? undefined : message.reason;
          metrics.storageIsAvailable = message.isAvailable;
        }
      },
      hostReplaced: (host) => sessions.hostReplaced(host),
      persistenceDied: onFatal,
    },
  });
  const sessions = new Sessions({ directory, history, link: (host) => supervisor.link(host), now: Date.now });
  metrics.observe(supervisor);

  const auth = new Auth({ sessionSecret: config.SESSION_SECRET, internalKey: config.INTERNAL_API_KEY });
  const defaultProvider = config.DEFAULT_MODEL_PROVIDER;
  const sockets: OpenSockets = new Set();
  const clientParts = { sessions, history, auth, defaultProvider, firstMessageTimeoutMs };
  const socketParts: SocketParts = { ...clientParts, log, metrics, sockets };
  const status: Status = {
    version,
    mode,
    isAgentAvailable: mode !== 'mock',
    model: `${defaultProvider}/${defaultProvider === 'google' ? config.GOOGLE_MODEL : config.ANTHROPIC_MODEL}`,
    isDockerAvailable: () => docker.isAvailable,
    sandboxes: () => 0,
    sessions: () => directory.size,
    unreadiness: () => unreadinessOf(sessions, supervisor, storageProblem),
    metrics: () => metrics.scrape(supervisor),
  };
  const routes = [
    ...healthRoutes(status),
    ...sessionRoutes({ sessions, mode, defaultProvider }),
    ...chatRoutes({ history, sessions }),
    ...fileRoutes(sessions),
  ];
  const server = new Server({ routes, auth, origins: config.ALLOWED_ORIGINS, sockets: socketParts, log, metrics });

  const closeAll = async () => {
    docker.close();
    server.close();
    await supervisor.close();
    await database.close();
  };
  const port = await server.listen(config.HOST, config.PORT).catch(async (error) => {
    await closeAll();
    throw error;
  });
  const stop = async () => {
    const isStored = await drain({ server, sessions, sockets, supervisor, log });
    await closeAll();
    return isStored;
  };
  return { port, databaseUrl, supervisor, stop };
}

const hostConfigOf = (config: Config, mode: Mode) => ({
  mode,
  iterationsMax: config.MAX_ITERATIONS,
  conversationTimeoutMs: config.CONVERSATION_TIMEOUT,
  mockStepDelayMs: config.MOCK_STEP_DELAY_MS,
  reconnectGraceMs: config.RECONNECT_GRACE,
  hibernateAfterMs: config.HIBERNATE_AFTER,
});

function unreadinessOf(sessions: Sessions, supervisor: Supervisor, storageProblem: string | undefined) {
  if (sessions.isDraining) return 'The engine is going away.';
  if (storageProblem !== undefined) return `PostgreSQL does not take writes: ${storageProblem}`;
  if (supervisor.hostsAway > 0) return `${supervisor.hostsAway} of the host threads are being replaced.`;
  return undefined;
}

type Database = { pool: DatabasePool; databaseUrl: string; close(): Promise<void> };

/** The configured PostgreSQL, or an embedded one; migrated, and checked for settings that would lose data. */
async function openDatabase(config: Config, log: Log): Promise<Database> {
  const directory = path.resolve(config.WORKSPACE_BASE_PATH, '.postgres');
  const embedded = config.DATABASE_URL === undefined ? await startEmbedded({ directory, log }) : undefined;
  const databaseUrl = embedded?.url ?? (config.DATABASE_URL as string);
  const pool = await openPool(databaseUrl, {
    connectionsMax: readConnectionsMax,
    statementTimeoutMs,
    onError: (error) => log.error('database.error', { where: 'gateway', reason: error.message }),
  });
  const close = async () => {
    await pool.end();
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
  return { pool, databaseUrl, close };
}
