// The main thread's part in sandboxes: says of which kind they are, counts them, and has leftovers removed.
import { openDaemon } from '../../sandbox/docker/docker-client.ts';
import { listKeptSessions } from '../../sandbox/docker/kept-containers.ts';
import {
  type DaemonSharing,
  Reaper,
  type ReaperDependencies,
  type SessionLookup,
} from '../../sandbox/docker/reaper.ts';
import { findNetworkId, removeOwnNetwork } from '../../sandbox/docker/sandbox-network.ts';
import { removeLeftovers } from '../../sandbox/local/leftovers.ts';
import { type FolderLookup, Sweeper, type SweeperDependencies } from '../../sandbox/local/sweeper.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { DockerConfig, SandboxConfig } from '../../schema/thread.ts';
import { hasKey } from '../config/mode.ts';
import { type Config, secretNames } from '../config.ts';
import type { Database } from '../database/open-database.ts';
import type { Log } from '../log.ts';
import { findHolders, warningOfHolders } from '../secrets/secret-holders.ts';
import { type DaemonRows, makeHostRunId } from './daemon-rows.ts';
import { DockerProbe } from './docker-probe.ts';
import { KubernetesWatch, warningsOfPods } from './kubernetes-watch.ts';
import { SandboxCheck } from './sandbox-check.ts';
import { chooseSandboxes, type SandboxChoice } from './sandbox-choice.ts';
import { SandboxHosts } from './sandbox-hosts.ts';
import { readSharedOwner, type SettledChoice, settleChoice } from './shared-choice.ts';

/** How long an engine that ends waits for Docker to remove what it made. */
const dockerCloseTimeoutMs = 8_000;
/** How many looks of the reaper pass between two of the sweeper: leftover folders cost nothing, looking through many does. */
const looksPerSweep = 6;

const unconfinedWarning =
  'Sandboxes are local and bubblewrap with socat is not usable here: commands of agents run unconfined on this machine.';
const rootWarning =
  'SANDBOX_USER is "namespace-root", which containers alone have: commands in folders of this machine are not root.';

/** @throws ConfigError for local sandboxes that nobody has allowed */
export async function findSandboxes(config: Config, log: Log): Promise<SandboxChoice> {
  const choice = await chooseSandboxes(config);
  for (const warning of warningsOf(choice.agents, config)) log.warn('config.warning', { warning });
  const left = await removeLeftovers();
  if (left.folders + left.processes > 0) log.info('sandbox.leftovers', left);
  return choice;
}

export type SandboxesDependencies = {
  config: Config;
  log: Log;
  /** This life of the process, which what it makes carries. */
  bootId: string;
};

export async function openSandboxes(
  found: SandboxChoice,
  {
    database,
    stopping,
    ...dependencies
  }: SandboxesDependencies & { database: Database; stopping?: AbortSignal | undefined },
): Promise<Sandboxes> {
  const { config, log } = dependencies;
  const settled = await settleChoice(found, config, () => readSharedOwner(database, log, stopping));
  return new Sandboxes(settled, dependencies);
}

export class Sandboxes {
  readonly #choice: SandboxChoice;
  readonly #config: Config;
  readonly #log: Log;
  readonly #bootId: string;
  readonly #isShared: boolean;
  /** What containers may still carry that this engine looks after, besides its own id. */
  readonly #formerIds: readonly string[];
  /** What is asked before anything is touched that engines share. */
  #rows: DaemonRows | undefined;
  readonly #probe: DockerProbe;
  /** The checks of its daemon, or of each daemon of a pool. */
  readonly #checks: readonly SandboxCheck[];
  /** The pool of daemons, where there is one. */
  readonly hosts: SandboxHosts | undefined;
  readonly #heldByHost = new Map<number, number>();
  readonly #runOfHost = new Map<number, string>();
  /** By daemon, each once its network is there. */
  readonly #places = new Map<string, string>();
  #reapers: readonly { start(): void; close(): void }[] = [];
  #kubernetes: KubernetesWatch | undefined;

  constructor({ choice, isShared, formerIds }: SettledChoice, { config, log, bootId }: SandboxesDependencies) {
    this.#choice = choice;
    this.#isShared = isShared;
    this.#formerIds = formerIds;
    this.#config = config;
    this.#log = log;
    this.#bootId = bootId;
    const pool = choice.agents.kind === 'docker' ? choice.agents.daemons : undefined;
    this.#probe = new DockerProbe(log, pool);
    const isNeeded = config.SANDBOX === 'docker' || hasKey(config);
    this.#checks = listSettings(choice.agents).map((settings) => new SandboxCheck({ settings, isNeeded, log }));
    this.hosts = pool ? new SandboxHosts(listSettings(choice.agents), this.#checks) : undefined;
    if (choice.agents.kind === 'kubernetes') this.#kubernetes = new KubernetesWatch(choice.agents.settings, log);
  }

  /** The kind of sandbox that agents act in. */
  get kind(): SandboxConfig['kind'] {
    return this.#choice.agents.kind;
  }

  /** The words of `GET /` about sandboxes, which also say where local ones are unconfined. */
  get description(): string {
    if (this.hosts) return this.hosts.description;
    const watch = this.#checks[0] ?? this.#kubernetes;
    return watch?.description ?? descriptionOf(this.#choice.agents, this.#config);
  }

  get isDockerAvailable(): boolean {
    return this.#probe.isAvailable;
  }

  /** Why agents can have no sandbox; undefined where they can. */
  get problem(): string | undefined {
    if (this.#kubernetes) return this.#kubernetes.problem;
    const problems = this.#checks.map(({ problem }) => problem);
    return problems.every((problem) => problem !== undefined) ? problems[0] : undefined;
  }

  /** How many sandboxes the live sessions hold, as of the last second; those in memory cost nothing and aren't counted. */
  get held(): number {
    return this.#heldByHost.values().reduce((sum, held) => sum + held, 0);
  }

  /** The sessions with a sandbox at rest or in use that the next engine would not have; `all` for folders of this machine. */
  async listKept(): Promise<ReadonlySet<string> | 'all'> {
    const { agents, mock } = this.#choice;
    if ([agents, mock].some(({ kind }) => kind === 'local')) return 'all';
    const kept = listSettings(agents).map((settings) => listKeptSessions(openDaemon(settings.daemon), settings));
    return new Set((await Promise.all(kept)).flat());
  }

  /** What tells the daemons that this engine reaches from those of others; none before each of them is known. */
  get places(): readonly string[] {
    const isKnown = this.#places.size === listSettings(this.#choice.agents).length;
    return isKnown ? [...this.#places.values()] : [];
  }

  /** Notes how many sandboxes the actors of a host hold. */
  noteHeld(host: number, held: number): void {
    this.#heldByHost.set(host, held);
  }

  /** The sandboxes that a host is started with; each start has a `runId` of its own. */
  configureHost(host: number): SandboxChoice {
    const runId = makeHostRunId(this.#bootId);
    this.#runOfHost.set(host, runId);
    const { agents, mock, formerFolders } = this.#choice;
    return { agents: markWithRun(agents, runId), mock: markWithRun(mock, runId), formerFolders };
  }

  /** Starts to look for Docker, and for leftovers. */
  startWatching(sessions: SessionLookup & FolderLookup, rows: DaemonRows, intervalMs: number): void {
    this.#rows = rows;
    this.#reapers = this.#buildReapers(sessions, intervalMs);
    this.#probe.start();
    for (const check of this.#checks) check.start();
    this.hosts?.start();
    this.#kubernetes?.start(sessions, this.#config.SANDBOX_REMOVE_AFTER);
    for (const reaper of this.#reapers) reaper.start();
  }

  /** Stops looking, and removes what the engine made in Docker for itself. */
  async close(): Promise<void> {
    this.#probe.close();
    this.hosts?.close();
    this.#kubernetes?.close();
    for (const reaper of this.#reapers) reaper.close();
    const leaving = listSettings(this.#choice.agents).map((settings) => this.#leaveDocker(settings));
    await waitWithin(Promise.all(leaving), dockerCloseTimeoutMs);
  }

  #buildReapers(sessions: SessionLookup & FolderLookup, intervalMs: number): { start(): void; close(): void }[] {
    const { agents, mock } = this.#choice;
    const local = [agents, mock].find((sandbox) => sandbox.kind === 'local');
    return [
      ...(local ? [this.#buildSweeper({ base: local.base, sessions, intervalMs: intervalMs * looksPerSweep })] : []),
      ...listSettings(agents).flatMap((settings) => this.#buildDockerReapers(settings, { sessions, intervalMs })),
    ];
  }

  #buildDockerReapers(settings: DockerConfig, dependencies: Pick<ReaperDependencies, 'sessions' | 'intervalMs'>) {
    const former = this.#formerIds.map((engineId) => {
      const carrying = { ...settings, engineId };
      return this.#buildReaper(carrying, { ...dependencies, sharing: this.#shareFormer(settings, carrying) });
    });
    const sharing = this.#isShared ? this.#rows?.sharingOf(() => this.#findPlace(settings)) : undefined;
    return [this.#buildReaper(settings, { ...dependencies, sharing }), ...former];
  }

  /**
   * What carries a former id may be another engine's by now. What was this engine's alone the others' keeper doesn't know of; what
   * is a cluster's has the cluster's own keeper, at the place that its engines name.
   */
  #shareFormer(settings: DockerConfig, former: DockerConfig): DaemonSharing | undefined {
    if (this.#isShared) return this.#rows?.sharingOf(() => this.#findPlace(settings), former.engineId);
    return this.#rows?.sharingOf(() => findNetworkId(openDaemon(settings.daemon), former));
  }

  async #findPlace(settings: DockerConfig): Promise<string | undefined> {
    const place = await findNetworkId(openDaemon(settings.daemon), settings);
    if (place !== undefined) this.#places.set(settings.daemon?.name ?? '', place);
    return place;
  }

  #buildSweeper(dependencies: Pick<SweeperDependencies, 'base' | 'sessions' | 'intervalMs'>): Sweeper {
    return new Sweeper({
      ...dependencies,
      now: Date.now,
      onRemoved: ({ name, reason }) => this.#log.info('sandbox.removed', { name, reason }),
      onFailed: (reason) => this.#log.warn('sandbox.sweepFailed', { reason }),
    });
  }

  #buildReaper(
    settings: DockerConfig,
    dependencies: Pick<ReaperDependencies, 'sessions' | 'intervalMs' | 'sharing'>,
  ): Reaper {
    return new Reaper({
      ...dependencies,
      settings,
      docker: openDaemon(settings.daemon),
      isRunning: (runId) => [...this.#runOfHost.values()].includes(runId),
      removeAfterMs: this.#config.SANDBOX_REMOVE_AFTER,
      now: Date.now,
      onPaused: ({ name }) => this.#log.info('sandbox.paused', { name }),
      onRemoved: ({ name, reason }) => this.#log.info('sandbox.removed', { name, reason }),
      onFailed: (error) => this.#log.warn('sandbox.sweepFailed', { reason: reasonOf(error) }),
    });
  }

  async #leaveDocker(settings: DockerConfig): Promise<void> {
    try {
      await Promise.all(this.#checks.map((check) => check.close()));
      if (this.#isShared && !(await this.#rows?.isLast())) return; // The others are on it.
      await removeOwnNetwork(openDaemon(settings.daemon), settings);
    } catch (error) {
      this.#log.warn('sandbox.sweepFailed', { reason: reasonOf(error) });
    }
  }
}

/** The settings of containers, for each daemon of a pool. */
const listSettings = (agents: SandboxConfig): DockerConfig[] => {
  if (agents.kind !== 'docker') return [];
  return agents.daemons?.map((daemon) => ({ ...agents.settings, daemon })) ?? [agents.settings];
};

type WantedSettings = Pick<Config, 'SANDBOX_USER' | 'SANDBOX_ALLOWED_HOSTS' | 'DEVCONTAINER_IMAGES' | 'SANDBOX_WARM'>;

/** Why an engine's sandboxes aren't what its operator may think. */
export function warningsOf(agents: SandboxConfig, config: WantedSettings): string[] {
  if (agents.kind === 'none') return [`Agents are played by a script: ${agents.reason}`];
  if (agents.kind === 'kubernetes') return warningsOfPods(config);
  if (agents.kind !== 'local') return [];
  const rootWarnings = lacksRoot(agents, config) ? [rootWarning] : [];
  if (agents.isConfined) return rootWarnings;
  return [unconfinedWarning, warningOfHolders(findHolders(secretNames)) ?? [], rootWarnings].flat();
}

/** Whether commands were to be root of a namespace, and are run in folders of this machine. */
const lacksRoot = ({ kind }: SandboxConfig, { SANDBOX_USER }: WantedSettings): boolean =>
  kind === 'local' && SANDBOX_USER === 'namespace-root';

const markWithRun = (sandbox: SandboxConfig, runId: string): SandboxConfig =>
  sandbox.kind === 'docker' ? { ...sandbox, settings: { ...sandbox.settings, runId } } : sandbox;

export function descriptionOf(sandbox: SandboxConfig, config: WantedSettings): string {
  if (sandbox.kind === 'none') return `none: ${sandbox.reason}`;
  if (sandbox.kind !== 'local') return sandbox.kind;
  return `local${sandbox.isConfined ? '' : ', unconfined'}${lacksRoot(sandbox, config) ? ', without root' : ''}`;
}
