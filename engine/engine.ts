// The composition root: opens the database, starts the ring, and opens the door.
import { createRequire } from 'node:module';
import { needsScript } from '../actors/models/key.ts';
import { modelNameOf } from '../actors/models/open-model.ts';
import type { SessionLookup } from '../sandbox/docker/reaper.ts';
import type { FolderLookup } from '../sandbox/local/sweeper.ts';
import { routeFetchThroughProxies } from '../sandbox/outbound/engine-proxies.ts';
import { limits } from '../schema/limits.ts';
import type { Mode } from '../schema/session.ts';
import type { HostConfig, ModelsConfig } from '../schema/thread.ts';
import { baseUrlOf, hasKey, modelsConfigOf, modeOf, ownKeysOf, playableConfigOf, proxiesOf } from './config/mode.ts';
import { type Config, ConfigError, engineSecretsOf } from './config.ts';
import { DatabaseState } from './database/database-state.ts';
import { DatabaseWatch } from './database/database-watch.ts';
import { History } from './database/history.ts';
import { openDatabase, waitForDatabase } from './database/open-database.ts';
import { boundedReads } from './database/reads.ts';
import { drainEngine } from './drain.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { Supervisor, type SupervisorDependencies } from './ring/supervisor.ts';
import { openThreads, type Threads } from './ring/threads.ts';
import { EngineRun } from './runs/engine-run.ts';
import { RunNotes } from './runs/run-notes.ts';
import { openSandboxes, type Sandboxes } from './sandboxes/sandboxes.ts';
import { openStorageFolder } from './sandboxes/storage-folder.ts';
import { CallerKeys } from './secrets/caller-keys.ts';
import { Sealing } from './secrets/sealing.ts';
import { Secrets } from './secrets/secrets.ts';
import { Audit } from './server/audit.ts';
import { Auth } from './server/auth.ts';
import { CommandBudget } from './server/command-budget.ts';
import { isSecretPublic, listenAddressOf } from './server/exposure.ts';
import { KnownNames } from './server/known-names.ts';
import { checkAddress } from './server/listen.ts';
import { chatRoutes } from './server/routes/chats.ts';
import { fileRoutes } from './server/routes/files.ts';
import { healthRoutes, type Status } from './server/routes/health.ts';
import { sessionRoutes } from './server/routes/sessions.ts';
import { Server } from './server/server.ts';
import type { OpenConnections, SocketDependencies } from './server/socket.ts';
import { doHeadersArriveWhole } from './server/whole-headers.ts';
import { Creations } from './sessions/creations.ts';
import { Directory } from './sessions/directory.ts';
import { LeftSessions, taskKeyOf } from './sessions/left-sessions.ts';
import { Messages } from './sessions/messages.ts';
import { Sessions } from './sessions/sessions.ts';

/** Open WebSockets. The machine's descriptors are the real bound (20,000 measured); the rest is for REST and files. */
const socketsMaxDefault = 18_000;
/** How long a connection may take to say what it wants; a slow network takes seconds. */
const firstMessageTimeoutMsDefault = 30_000;
/** More deaths of hosts in `crashWindowMs` than this, and `/ready` says no: something is wrong with the machine or with us. */
export const hostDeathsMax = 10;

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

export type EngineOptions = {
  config: Config;
  log: Log;
  /** Called when the engine can't go on; the process should end. */
  onFatal(error: unknown): void;
  /** Ends the waiting for a PostgreSQL that isn't there. */
  stopping?: AbortSignal;
  /** Drops rows instead of storing them: for measuring the ring alone. */
  dropsRows?: boolean;
  /** How long a client may take to say what it wants. */
  firstMessageTimeoutMs?: number;
  /** How many clients may be connected. */
  socketsMax?: number;
  /** What host threads run, where a test wants some that misbehave. */
  hostThread?: URL;
  /** How often leftover and idle sandboxes are looked for. */
  reaperIntervalMs?: number;
  /** How long a vendor may be silent, and how long is waited before it is asked again. */
  modelBounds?: NonNullable<ModelsConfig['bounds']>;
};

export type Engine = {
  port: number;
  mode: Mode;
  databaseUrl: string;
  supervisor: Supervisor;
  /** @returns whether everything was stored in time */
  stop(): Promise<boolean>;
};

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const threads = openThreads(options.config.HOST_THREADS, options.log); // First: they load their code while PostgreSQL is waited for.
  try {
    await routeFetchThroughProxies(proxiesOf(options.config));
    return await startOn(threads, options);
  } catch (error) {
    await threads.close();
    throw error;
  }
}

async function startOn(threads: Threads, given: EngineOptions): Promise<Engine> {
  const { log, reaperIntervalMs = limits.reaperIntervalMs } = given;
  await checkAddress(listenAddressOf(given.config), given.config.PORT);
  await checkHeaders(given.config, log);
  await openStorageFolder(given.config.WORKSPACE_BASE_PATH);
  const sandboxes = await openSandboxes(given.config, log);
  const config = playableConfigOf(given.config, sandboxes.kind);
  const options = { ...given, config };
  const database = await openDatabase(config, log, options.stopping);
  const metrics = new Metrics();
  const directory = new Directory(config.HOST_THREADS, config.MAX_SESSIONS_PER_USER);
  const sockets: OpenConnections = new Set();
  const storage = new DatabaseState((isAway) => {
    for (const client of sockets) client.showDatabaseState(isAway);
  });
  const watch = new DatabaseWatch(database.probe, (isAnswering) => {
    if (isAnswering) log.info('database.answers');
    else log.error('database.silent');
    storage.noteAnswering(isAnswering);
    if (isAnswering) ring.supervisor.retryWrites();
  });
  const history = new History(boundedReads(database.pool, watch));
  const returns = new LeftSessions({ graceMs: config.RECONNECT_GRACE, now: Date.now });
  const parts: Parts = { directory, history, metrics, returns, sandboxes, storage };
  const run = new EngineRun({
    pool: database.pool,
    wasAway: database.wasAway,
    notes: new RunNotes(config.WORKSPACE_BASE_PATH),
    onTakenOver: (cut) =>
      void ring.sessions.resumeCut(cut).then((count) => log.info('sessions.resumed', { cut: cut.length, count })),
    onLeft: (sessions) => {
      for (const { sessionId, userId, settings } of sessions)
        if (!directory.get(sessionId)) returns.remember(sessionId, taskKeyOf(userId, settings));
    },
    onDeclaredDead: (runId) => {
      log.warn('run.declaredDead', { runId });
      ring.supervisor.changeRun(runId);
    },
    onFailed: (error) => log.warn('run.failed', { reason: reasonOf(error) }),
  });
  const ring: Ring = startRing(options, { ...parts, threads, run, databaseUrl: database.databaseUrl });
  const server = openDoor(options, { ...parts, ...ring, sockets });
  const closeAll = async () => {
    watch.close();
    run.close();
    server.close();
    ring.supervisor.close();
    await threads.close();
    await sandboxes.close();
    await database.close();
  };
  const begun = waitForDatabase(database.databaseUrl, log, options.stopping, () => run.beginRun());
  const listening = begun.then(() => server.listen(listenAddressOf(config), config.PORT));
  const port = await listening.catch(async (error) => {
    await closeAll();
    throw error;
  });
  sandboxes.startWatching(lookupIn(directory, history), reaperIntervalMs);
  const stop = async () => {
    run.stopTakingOver();
    const isStored = await drainEngine({ server, sockets, log, ...ring, onStored: () => run.endRun() });
    await closeAll();
    return isStored;
  };
  const mode = modeOf(config, sandboxes.kind);
  return { port, mode, databaseUrl: database.databaseUrl, supervisor: ring.supervisor, stop };
}

/** What reapers ask before they take something for left. */
const lookupIn = (directory: Directory, history: History): SessionLookup & FolderLookup => ({
  isLive: (sessionId) => directory.get(sessionId) !== undefined,
  findActivatable: (sessionIds) => history.findActivatable(sessionIds),
  findEnded: (sessionIds) => history.findEnded(sessionIds),
});

/** Whoever believes headers has to get them as they were sent. @throws ConfigError in production */
async function checkHeaders({ NODE_ENV }: Config, log: Log): Promise<void> {
  if (await doHeadersArriveWhole()) return;
  if (NODE_ENV === 'production') throw new ConfigError(`${shortened} Run: node engine/setup/mend-uws.mjs`);
  log.warn('config.warning', { warning: `${shortened} Back ends must percent-encode what is not ASCII.` });
}

const shortened = 'The uWebSockets.js binary here takes bytes above 0x7F off the ends of header values, user ids too.';

type Ring = { supervisor: Supervisor; sessions: Sessions; secrets: Secrets };
type Parts = {
  directory: Directory;
  history: History;
  metrics: Metrics;
  returns: LeftSessions;
  sandboxes: Sandboxes;
  storage: DatabaseState;
};

/** Starts the threads, and gives what comes off the ring to those it is for. */
function startRing(
  options: EngineOptions,
  parts: Parts & Pick<SupervisorDependencies, 'threads' | 'databaseUrl'> & { run: EngineRun },
): Ring {
  const { config, log, onFatal, dropsRows = false } = options;
  const { directory, history, metrics, returns, sandboxes, storage, threads, run, databaseUrl } = parts;
  const supervisor: Supervisor = new Supervisor({
    threads,
    hosts: config.HOST_THREADS,
    ...(options.hostThread && { hostThread: options.hostThread }),
    configureHost: (host) => ({ ...hostConfigOf(options), sandboxes: sandboxes.configureHost(host) }),
    runId: run.id,
    databaseUrl,
    dropsRows,
    log,
    listener: {
      onHostMessage: (host, message) => {
        if (message.kind === 'log') log.writeEntry(message.entry);
        else if (message.kind === 'passivated') {
          log.debug('session.passivated', { host, sessionId: message.sessionId });
          sessions.receiveFromHost(host, message);
        } else if (message.kind === 'sandboxes') sandboxes.noteHeld(host, message.held);
        else sessions.receiveFromHost(host, message);
      },
      onPersistenceMessage: (message) => {
        if (message.kind === 'frames') sessions.deliverFrames(message.frames);
        else if (message.kind === 'log') log.writeEntry(message.entry);
        else {
          storage.noteWrites(message);
          metrics.isDatabaseAvailable = message.isAvailable;
        }
      },
      onHostReplaced: (host, suspects) => {
        sandboxes.noteHeld(host, 0);
        sessions.recoverHost(host, suspects);
      },
      onPersistenceDied: onFatal,
    },
  });
  const secrets = new Secrets({ sealing: new Sealing(config.ENCRYPTION_KEY), history });
  const sessions = new Sessions({
    directory,
    history,
    secrets,
    leftSessions: returns,
    keys: new CallerKeys((provider) => baseUrlOf(modelsConfigOf(config), provider), Date.now),
    rules: { allowedHosts: config.GIT_ALLOWED_HTTP_HOSTS, keys: engineSecretsOf(config) },
    getLink: (host) => supervisor.getLink(host),
    getWorking: (host) => supervisor.getWorking(host),
    waitForTakeOver: () => run.waitForTakeOver(),
    getRunId: () => run.id,
    isDatabaseAway: () => storage.isAway,
    now: Date.now,
  });
  metrics.observeRing(supervisor);
  return { supervisor, sessions, secrets };
}

/** The server with all its routes; it does not listen yet. */
function openDoor(options: EngineOptions, parts: Parts & Ring & { sockets: OpenConnections }): Server {
  const { config, log, firstMessageTimeoutMs = firstMessageTimeoutMsDefault, socketsMax = socketsMaxDefault } = options;
  const { history, sessions, secrets, metrics, sockets } = parts;
  const auth = new Auth({
    sessionSecret: config.SESSION_SECRET,
    internalKey: config.INTERNAL_API_KEY,
    isSecretPublic: isSecretPublic(config),
    leewayMs: config.JWT_LEEWAY,
  });
  const defaultProvider = config.DEFAULT_MODEL_PROVIDER;
  const { keys } = modelsConfigOf(config);
  const budget = new CommandBudget(config.COMMANDS_PER_SECOND);
  const clientParts = { sessions, history, auth, budget, defaultProvider, firstMessageTimeoutMs };
  const routes = [
    ...healthRoutes(statusOf(config, parts)),
    ...sessionRoutes({
      sessions,
      history,
      creations: new Creations({ sessions, history }),
      messages: new Messages({
        sessions,
        history,
        secrets,
        keys: ownKeysOf(config),
        engineSecrets: engineSecretsOf(config),
      }),
      budget,
      defaultProvider,
      digestSecret: config.SESSION_SECRET,
      isMock: (settings) => needsScript(settings, keys),
    }),
    ...chatRoutes({ history, sessions }),
    ...fileRoutes(sessions),
  ];
  const audit = new Audit(log);
  const socketParts: SocketDependencies = {
    ...clientParts,
    log,
    audit,
    metrics,
    sockets,
    socketsMax,
    pingIntervalSeconds: config.PING_INTERVAL,
  };
  const origins = new KnownNames(config.ALLOWED_ORIGINS);
  const hosts = new KnownNames([...(config.PUBLIC_HOSTS ?? []), ...(config.HOST ? [config.HOST.toLowerCase()] : [])]);
  return new Server({ routes, auth, audit, origins, hosts, sockets: socketParts, log, metrics });
}

const statusOf = (config: Config, { directory, sandboxes, metrics, ...ring }: Parts & Ring): Status => ({
  version,
  mode: modeOf(config, sandboxes.kind),
  isAgentAvailable: hasKey(config),
  model: modelNameOf(config.DEFAULT_MODEL_PROVIDER, modelsConfigOf(config)),
  sandbox: () => sandboxes.description,
  isDockerAvailable: () => sandboxes.isDockerAvailable,
  sandboxes: () => sandboxes.held,
  sessions: () => directory.size,
  unreadiness: () => unreadinessOf({ ...ring, sandboxes }),
  metrics: () => metrics.scrape(ring.supervisor),
});

const hostConfigOf = ({ config, modelBounds }: EngineOptions): Omit<HostConfig, 'sandboxes'> => ({
  models: { ...modelsConfigOf(config), ...(modelBounds && { bounds: modelBounds }) },
  gitAllowedHosts: config.GIT_ALLOWED_HTTP_HOSTS,
  proxies: proxiesOf(config),
  iterationsMax: config.MAX_ITERATIONS,
  conversationTimeoutMs: config.CONVERSATION_TIMEOUT,
  mockStepDelayMs: config.MOCK_STEP_DELAY_MS,
  reconnectGraceMs: config.RECONNECT_GRACE,
  hibernateAfterMs: config.HIBERNATE_AFTER,
});

type Readiness = Ring & Pick<Parts, 'storage' | 'sandboxes'>;

function unreadinessOf({ sessions, supervisor, storage, sandboxes }: Readiness): string | undefined {
  if (sessions.isDraining) return 'The engine is going away.';
  if (storage.problem !== undefined) return storage.problem;
  if (supervisor.hostDeathsLately > hostDeathsMax)
    return `Host threads died ${supervisor.hostDeathsLately} times within a minute.`;
  if (supervisor.hostsAway > 0) return `${supervisor.hostsAway} of the host threads are being replaced.`;
  if (sandboxes.problem !== undefined) return `Agents have no sandbox: ${sandboxes.problem}`;
  return undefined;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
