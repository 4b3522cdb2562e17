// The composition root: opens threads, sandboxes and the database, builds the parts of the engine, and starts them.
import { dropIdleConnections, giveUpWork } from '../actors/persistence/database-pool.ts';
import type { SessionLookup } from '../sandbox/docker/reaper.ts';
import type { FolderLookup } from '../sandbox/local/sweeper.ts';
import { routeFetchThroughProxies } from '../sandbox/outbound/engine-proxies.ts';
import { limits } from '../schema/limits.ts';
import type { Boot, RunLoad } from '../schema/ownership.ts';
import { reasonOf } from '../schema/reason-of.ts';
import type { Mode } from '../schema/session.ts';
import type { ModelsConfig } from '../schema/thread.ts';
import { Admin } from './admin/admin.ts';
import { AskedDrain } from './admin/asked-drain.ts';
import { Engines } from './admin/engines.ts';
import { hostConfigOf } from './config/host-config.ts';
import { modeOf, playableConfigOf, proxiesOf } from './config/mode.ts';
import { type Config, ConfigError } from './config.ts';
import { boundQueries } from './database/bounded-queries.ts';
import { DatabaseState } from './database/database-state.ts';
import { DatabaseWatch } from './database/database-watch.ts';
import { DirectWrites } from './database/direct-writes.ts';
import { History } from './database/history.ts';
import { type Database, openDatabase, waitForDatabase } from './database/open-database.ts';
import { drainEngine } from './drain.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { PermitDesk } from './ring/permit-desk.ts';
import { type RingListener, Supervisor } from './ring/supervisor.ts';
import { openThreads, type Threads } from './ring/threads.ts';
import { createBoot } from './runs/boot.ts';
import { EngineRun, type RunListener } from './runs/engine-run.ts';
import { warnOfOtherEngine, warnOfSharedFolder } from './runs/other-engine.ts';
import { Ownership } from './runs/ownership.ts';
import { describeRunLoad, describeRunRoom, type RunRoom } from './runs/run-load.ts';
import { RunNotes } from './runs/run-notes.ts';
import { DaemonRows } from './sandboxes/daemon-rows.ts';
import { findSandboxes, openSandboxes, type Sandboxes } from './sandboxes/sandboxes.ts';
import { openStorageFolder } from './sandboxes/storage-folder.ts';
import { CallerKeys } from './secrets/caller-keys.ts';
import { Sealing } from './secrets/sealing.ts';
import { Secrets } from './secrets/secrets.ts';
import { type BuildServerOptions, buildServer } from './server/build-server.ts';
import { statusOf, version } from './server/engine-status.ts';
import { listenAddressOf } from './server/exposure.ts';
import { checkAddress } from './server/listen.ts';
import type { OpenConnections } from './server/open-connections.ts';
import { OwnPages } from './server/own-pages.ts';
import { ReadTurns, readersMaxOf } from './server/read-turns.ts';
import { doHeadersArriveWhole } from './server/whole-headers.ts';
import { Directory, isRemote } from './sessions/directory.ts';
import { LeftSessions, taskKeyOf } from './sessions/left-sessions.ts';
import { newSessionRulesOf } from './sessions/new-session-rules.ts';
import { OverdueWaits } from './sessions/overdue-waits.ts';
import { RingReceiver } from './sessions/ring-receiver.ts';
import { Sessions } from './sessions/sessions.ts';
import { Shares } from './shares/shares.ts';
import { ViewerStreams } from './shares/viewer-streams.ts';
import type { IdentityProvider } from './sign-in/identity-provider.ts';
import { openIdentityProvider } from './sign-in/open-identity-provider.ts';
import { SignIns } from './sign-in/sign-ins.ts';
import { webhookRulesOf } from './webhooks/target.ts';
import { WebhookLink } from './webhooks/webhook-link.ts';
import { Webhooks, type WebhooksDependencies } from './webhooks/webhooks.ts';

export type EngineOptions = BuildServerOptions & {
  config: Config;
  log: Log;
  /** Called when the engine can't go on and the process should end. */
  onFatal(error: unknown): void;
  /** Called once a drain that an operator asked for finds nothing at work, and the engine should be stopped. */
  onDrained?(): void;
  /** Ends the waiting for an absent PostgreSQL. */
  stopping?: AbortSignal;
  /** Whether rows are dropped instead of stored, to measure the ring alone. */
  dropsRows?: boolean;
  /** The code of host threads, where a test wants hosts that misbehave. */
  hostThread?: URL;
  /** How often the reaper looks for leftover and idle sandboxes. */
  reaperIntervalMs?: number;
  /** How long a provider may be silent, and how long is waited before it is asked again. */
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

/** What has to be open before the engine's parts are built. */
type Opened = {
  /** The code of a cluster, which is loaded only for one. */
  clusterCode: ClusterCode | undefined;
  boot: Boot;
  threads: Threads;
  sandboxes: Sandboxes;
  database: Database;
  identityProvider: IdentityProvider | undefined;
};

type ClusterCode = typeof import('./cluster/open-cluster.ts');

export async function startEngine(options: EngineOptions): Promise<Engine> {
  // Threads are opened first, so that they load their code while PostgreSQL is waited for.
  const threads = openThreads(options.config.HOST_THREADS, options.log);
  try {
    await routeFetchThroughProxies(proxiesOf(options.config));
    return await startOn(threads, options);
  } catch (error) {
    await threads.close();
    throw error;
  }
}

async function startOn(threads: Threads, given: EngineOptions): Promise<Engine> {
  const { log, stopping } = given;
  await checkAddress(listenAddressOf(given.config), given.config.PORT);
  await checkHeaders(given.config, log);
  await openStorageFolder(given.config.WORKSPACE_BASE_PATH);
  const found = await findSandboxes(given.config, log);
  const config = playableConfigOf(given.config, found.agents.kind);
  const database = await openDatabase(config, log, stopping);
  const boot = createBoot(config.NODE_NAME, version, config.NODE_LABELS);
  const sandboxes = await openSandboxes(found, { config, log, bootId: boot.bootId, database, stopping });
  const identityProvider = await openIdentityProvider(config, log);
  const clusterCode = config.CLUSTER_URL === undefined ? undefined : await import('./cluster/open-cluster.ts');
  const parts = buildParts({ ...given, config }, { clusterCode, boot, threads, sandboxes, database, identityProvider });
  const port = await startParts(parts).catch(async (error) => {
    await closeParts(parts);
    throw error;
  });
  const mode = modeOf(config, sandboxes.kind);
  return { port, mode, databaseUrl: database.databaseUrl, supervisor: parts.supervisor, stop: () => stopParts(parts) };
}

/** Warns where header values don't arrive as they were sent, since `X-User-ID` is one. @throws ConfigError in production */
async function checkHeaders({ NODE_ENV }: Config, log: Log): Promise<void> {
  if (await doHeadersArriveWhole()) return;
  if (NODE_ENV === 'production') throw new ConfigError(`${shortened} Run: node engine/setup/mend-uws.mjs`);
  log.warn('config.warning', { warning: `${shortened} Back ends must percent-encode what is not ASCII.` });
}

const shortened = 'The uWebSockets.js binary here takes bytes above 0x7F off the ends of header values, user ids too.';

type EngineParts = ReturnType<typeof buildParts>;

/** Builds every part from those above it; nothing runs yet. */
function buildParts(options: EngineOptions, opened: Opened) {
  const { config, log } = options;
  const { database, sandboxes, identityProvider, boot } = opened;
  const metrics = new Metrics();
  const directory = new Directory(config.HOST_THREADS, config.MAX_SESSIONS_PER_USER);
  const connections: OpenConnections = new Set();
  const databaseState = new DatabaseState((isAway) => {
    for (const connection of connections) connection.showDatabaseState(isAway);
  });
  const watch = new DatabaseWatch(database.probe);
  const queries = boundQueries(database.pool, watch);
  const history = new History(queries);
  const writes = new DirectWrites(queries);
  const sealing = new Sealing(config.ENCRYPTION_KEY);
  const secrets = new Secrets({ sealing, history, writes, log });
  const ownPages = new OwnPages(config.PUBLIC_URL);
  const { SESSION_SECRET: secret, ADMIN_KEY: adminKey } = config;
  const signIns = new SignIns({ queries, secret, adminKey, ownPages, log, now: Date.now });
  const webhooks = buildWebhooks(options, opened, { queries, sealing, metrics });
  const { pool, ofRun, wasAway } = database;
  const notes = new RunNotes(config.WORKSPACE_BASE_PATH);
  const describeLoad = (): RunLoad => describeRunLoad({ directory, supervisor, metrics, sandboxes, sessions, cluster });
  const describeRoom = (): RunRoom => describeRunRoom({ supervisor, sessions });
  const isDrainAsked = () => sessions.isDrainAsked;
  const run = new EngineRun({ pool: ofRun, wasAway, notes, boot, describeLoad, isDrainAsked });
  const supervisor = buildSupervisor(options, opened, run);
  const ownership = new Ownership({ pool, run, persistence: supervisor });
  const leftSessions = new LeftSessions({ graceMs: config.RECONNECT_GRACE, now: Date.now });
  const owning = { run, ownership, directory, leftSessions, supervisor, describeLoad, describeRoom };
  const clustered = { ...boot, ...owning, sandboxes, queries, config, history, secrets, log };
  const cluster = opened.clusterCode?.createCluster(clustered);
  const hosts = cluster?.hosts ?? supervisor;
  const isClustered = cluster !== undefined;
  const keys = new CallerKeys(config.LLM_BASE_URL, Date.now);
  const rules = newSessionRulesOf(config);
  const stored = { ownership, directory, history, writes, secrets, run, databaseState };
  const known = { ...stored, leftSessions, keys, rules, isClustered };
  const sessions = new Sessions({ ...known, hosts, placing: cluster?.placing, now: Date.now, ...cluster?.listener });
  const ringReceiver = new RingReceiver({ directory, secrets, hosts, now: Date.now, ...cluster?.listener });
  const status = statusOf(config, { directory, sandboxes, metrics, sessions, supervisor, databaseState, run, cluster });
  const observed = { ...boot, run, ownership, cluster, supervisor, directory, sessions, status };
  metrics.observeEngine(observed);
  if (sandboxes.hosts) metrics.observeSandboxHosts(sandboxes.hosts);
  const drain = new AskedDrain({ sessions, supervisor, log, onDrained: () => options.onDrained?.() });
  const engines = new Engines({ queries, run });
  const reported = { queries, sessions, supervisor, metrics, sandboxes, status, drain, engines, signIns };
  const admin = new Admin({ ...known, ...reported, now: Date.now });
  const readTurns = new ReadTurns(readersMaxOf(database.connectionsMax));
  const isLive = (sessionId: string) =>
    directory.get(sessionId) !== undefined || cluster?.isFollowing(sessionId) === true;
  const streams = new ViewerStreams({ queries, run, isLive, isClustered, log, now: Date.now });
  const shares = new Shares({ queries, streams, takeTurn: (read) => readTurns.take('shares', read), log });
  const openBudget = cluster?.openBudget;
  const rest = { openBudget, webhooks, shares, admin, status, connections, ownPages, signIns, identityProvider };
  const served = { ...rest, config, log, metrics, history, readTurns, writes, secrets, sessions };
  const server = buildServer(served, options);
  const overdueWaits = new OverdueWaits({ history, sessions, directory, run, log });
  const permitDesk = new PermitDesk(supervisor);
  const daemonRows = new DaemonRows({ queries, run, bootId: boot.bootId });
  const ring = { cluster, supervisor, sessions, ringReceiver, drain, overdueWaits, permitDesk, daemonRows };
  return { ...opened, ...known, ...ring, options, metrics, connections, watch, webhooks, shares, signIns, server };
}

function buildWebhooks(
  { config, log }: EngineOptions,
  { threads, database }: Opened,
  { queries, sealing, metrics }: Pick<WebhooksDependencies, 'queries' | 'sealing'> & { metrics: Metrics },
): Webhooks {
  const rules = webhookRulesOf(config);
  const { databaseUrl } = database;
  const data = { databaseUrl, encryptionKey: config.ENCRYPTION_KEY, rules, proxies: proxiesOf(config) };
  const link = new WebhookLink({ pool: threads.webhooks, data, log, metrics });
  return new Webhooks({ queries, sealing, rules, link, now: Date.now });
}

const buildSupervisor = (options: EngineOptions, { threads, sandboxes, database }: Opened, run: EngineRun) =>
  new Supervisor({
    threads,
    hosts: options.config.HOST_THREADS,
    ...(options.hostThread && { hostThread: options.hostThread }),
    configureHost: (host) => ({
      ...hostConfigOf(options.config, options.modelBounds),
      sandboxes: sandboxes.configureHost(host),
    }),
    runId: run.id,
    databaseUrl: database.databaseUrl,
    dropsRows: options.dropsRows ?? false,
    log: options.log,
  });

/** @returns the port, once clients can connect */
async function startParts(parts: EngineParts): Promise<number> {
  const { options, database, supervisor, watch, databaseState, run, cluster, sandboxes, daemonRows } = parts;
  const { log, stopping, reaperIntervalMs = limits.reaperIntervalMs } = options;
  supervisor.start(ringListenerOf(parts));
  watch.start((isAnswering) => {
    if (isAnswering) log.info('database.answers');
    else log.error('database.silent');
    databaseState.noteAnswering(isAnswering);
    for (const pool of [database.pool, database.ofRun]) void dropIdleConnections(pool);
    if (!isAnswering) return;
    giveUpWork(database.ofRun); // A beat that waits on a half-open connection would let the run fall silent.
    supervisor.retryWrites();
  });
  await waitForDatabase(database.databaseUrl, log, stopping, async () => {
    await cluster?.checkSecrets();
    await run.start(runListenerOf(parts));
  });
  const port = await openToClients(parts).catch(async (error) => {
    await run.endRun(); // Others would take it for alive until its silence counts.
    throw error;
  });
  sandboxes.startWatching(lookupOf(parts), daemonRows, reaperIntervalMs);
  for (const part of [parts.webhooks, parts.shares, parts.signIns, parts.overdueWaits]) part.start();
  void parts.identityProvider?.check();
  return port;
}

/** @returns the port */
async function openToClients({ options: { config, log }, ...parts }: EngineParts): Promise<number> {
  const { database, run, cluster, server } = parts;
  await warnOfSharedFolder(config.WORKSPACE_BASE_PATH, log);
  if (!cluster) await warnOfOtherEngine(database.pool, run, log).catch((error) => logRunFailure(log, error));
  await cluster?.start(parts);
  return server.listen(listenAddressOf(config), config.PORT);
}

/** The parts that each message off the ring goes to. */
const ringListenerOf = ({
  options: { log, onFatal },
  ringReceiver,
  permitDesk,
  sandboxes,
  databaseState,
  metrics,
  webhooks,
}: EngineParts): RingListener => ({
  onHostMessage: (host, message) => {
    if (message.kind === 'log') return log.writeEntry(message.entry);
    if (message.kind === 'sandboxes') return sandboxes.noteHeld(host, message.held);
    if (message.kind === 'permit') return permitDesk.receive(host, message.word);
    if (message.kind === 'passivated') log.debug('session.passivated', { host, sessionId: message.sessionId });
    ringReceiver.receiveFromHost(host, message);
  },
  onPersistenceMessage: (message) => {
    if (message.kind === 'frames') {
      ringReceiver.receiveFrames(message.frames);
      if (message.mayBeDelivered) webhooks.wake();
      return;
    }
    if (message.kind === 'log') return log.writeEntry(message.entry);
    databaseState.noteWrites(message);
    metrics.isDatabaseAvailable = message.isAvailable;
  },
  onHostReplaced: (host, suspects) => {
    sandboxes.noteHeld(host, 0);
    permitDesk.endHost(host);
    ringReceiver.recoverHost(host, suspects);
  },
  onPersistenceDied: onFatal,
});

const runListenerOf = ({
  options: { log },
  cluster,
  sessions,
  directory,
  leftSessions,
  supervisor,
  drain,
}: EngineParts): RunListener => ({
  onTakenOver: (cut) => {
    cluster?.lookAgain();
    void sessions.resumeCut(cut).then((count) => log.info('sessions.resumed', { cut: cut.length, count }));
  },
  onLeft: (left) => {
    for (const { sessionId, userId, settings } of left)
      if (!directory.get(sessionId)) leftSessions.remember(sessionId, taskKeyOf(userId, settings));
  },
  onDeclaredDead: (runId) => {
    log.warn('run.declaredDead', { runId });
    supervisor.changeRun(runId);
    cluster?.leaveRun(runId);
  },
  onAsked: (asked) => drain.hear(asked),
  onFailed: (error) => logRunFailure(log, error),
});

const logRunFailure = (log: Log, error: unknown) => log.warn('run.failed', { reason: reasonOf(error) });

/** What a reaper and a sweeper ask about a session before they remove what looks left over. */
const lookupOf = ({ directory, history }: EngineParts): SessionLookup & FolderLookup => ({
  isLive: (sessionId) => {
    const entry = directory.get(sessionId);
    return entry !== undefined && !isRemote(entry);
  },
  findActivatable: (sessionIds) => history.findActivatable(sessionIds),
  findEnded: (sessionIds) => history.findEnded(sessionIds),
});

/** @returns whether everything was stored in time */
async function stopParts(parts: EngineParts): Promise<boolean> {
  const { options, run, ownership, directory, cluster } = parts;
  const { log } = options;
  run.startDraining();
  const ending = new AbortController();
  ownership
    .giveResting((sessionId) => directory.get(sessionId) !== undefined, ending.signal)
    .catch((error) => logRunFailure(log, error));
  const onStored = async () => {
    ending.abort();
    await run.endRun();
    await cluster?.tellLeaving();
  };
  const isStored = await drainEngine({ ...parts, log, onStored });
  ending.abort();
  await closeParts(parts);
  return isStored;
}

async function closeParts({
  cluster,
  drain,
  permitDesk,
  watch,
  run,
  server,
  supervisor,
  threads,
  sandboxes,
  database,
  webhooks,
  shares,
  signIns,
  overdueWaits,
}: EngineParts): Promise<void> {
  permitDesk.close();
  drain.close();
  watch.close();
  overdueWaits.close();
  shares.close();
  run.close();
  signIns.close();
  server.close();
  supervisor.close();
  await cluster?.close();
  await webhooks.close();
  await threads.close();
  await sandboxes.close();
  await database.close();
}
