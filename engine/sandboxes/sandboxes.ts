// The main thread's part in sandboxes: says of which kind they are, counts them, and has leftovers removed.
import { v7 as uuid } from 'uuid';
import { openDocker, reasonOf } from '../../sandbox/docker/docker-client.ts';
import { Reaper, type ReaperDependencies, type SessionLookup } from '../../sandbox/docker/reaper.ts';
import { removeOwnNetwork } from '../../sandbox/docker/sandbox-network.ts';
import { removeLeftovers } from '../../sandbox/local/leftovers.ts';
import { type FolderLookup, Sweeper, type SweeperDependencies } from '../../sandbox/local/sweeper.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import type { DockerConfig, SandboxConfig } from '../../schema/thread.ts';
import { hasKey } from '../config/mode.ts';
import { type Config, secretNames } from '../config.ts';
import type { Log } from '../log.ts';
import { findHolders, warningOfHolders } from '../secrets/secret-holders.ts';
import { DockerProbe } from './docker-probe.ts';
import { SandboxCheck } from './sandbox-check.ts';
import { chooseSandboxes, type SandboxChoice } from './sandbox-choice.ts';

/** How long an engine that ends waits for Docker to remove what it made. */
const dockerGoodbyeTimeoutMs = 8_000;

export type Sandboxes = {
  /** The sandboxes that a host is started with; each start has a `runId` of its own. */
  configureHost(host: number): SandboxChoice;
  /** The kind of sandbox that agents act in. */
  kind: SandboxConfig['kind'];
  /** The words of `GET /` about sandboxes, which also say where local ones are unconfined. */
  readonly description: string;
  readonly isDockerAvailable: boolean;
  /** Why agents can have no sandbox; undefined where they can. */
  readonly problem: string | undefined;
  /** How many sandboxes the live sessions hold, as of the last second; those in memory cost nothing and aren't counted. */
  readonly held: number;
  /** Notes how many sandboxes the actors of a host hold. */
  noteHeld(host: number, held: number): void;
  /** Starts to look for Docker, and for leftovers. */
  startWatching(sessions: SessionLookup & FolderLookup, intervalMs: number): void;
  /** Stops looking, and removes what the engine made in Docker for itself. */
  close(): Promise<void>;
};

/** @throws ConfigError for local sandboxes that nobody has allowed */
export async function openSandboxes(config: Config, log: Log): Promise<Sandboxes> {
  const probe = new DockerProbe(log);
  const { agents, mock, formerFolders } = await chooseSandboxes(config);
  const isNeeded = config.SANDBOX === 'docker' || hasKey(config);
  const check = agents.kind === 'docker' ? new SandboxCheck({ settings: agents.settings, isNeeded, log }) : undefined;
  if (agents.kind === 'local' && !agents.isConfined)
    for (const warning of [unconfinedWarning, warningOfHolders(findHolders(secretNames))])
      if (warning) log.warn('config.warning', { warning });
  const left = await removeLeftovers();
  if (left.folders + left.processes > 0) log.info('sandbox.leftovers', left);
  if (agents.kind === 'none')
    log.warn('config.warning', { warning: `Agents are played by a script: ${agents.reason}` });
  const heldByHost = new Map<number, number>();
  const runOfHost = new Map<number, string>();
  let reaper: Reaper | undefined;
  let sweeper: Sweeper | undefined;
  return {
    configureHost: (host) => {
      const runId = uuid();
      runOfHost.set(host, runId);
      const ofRun = (sandbox: SandboxConfig) =>
        sandbox.kind === 'docker' ? { ...sandbox, settings: { ...sandbox.settings, runId } } : sandbox;
      return { agents: ofRun(agents), mock: ofRun(mock), formerFolders };
    },
    kind: agents.kind,
    get description() {
      return check?.description ?? descriptionOf(agents);
    },
    get problem() {
      return check?.problem;
    },
    get isDockerAvailable() {
      return probe.isAvailable;
    },
    get held() {
      return heldByHost.values().reduce((sum, held) => sum + held, 0);
    },
    noteHeld: (host, held) => void heldByHost.set(host, held),
    startWatching: (sessions, intervalMs) => {
      probe.start();
      const local = [agents, mock].find((sandbox) => sandbox.kind === 'local');
      if (local) sweeper = startSweeper({ base: local.base, sessions, intervalMs: intervalMs * looksPerSweep }, log);
      if (agents.kind !== 'docker') return;
      check?.start();
      const isRunning = (runId: string) => [...runOfHost.values()].includes(runId);
      reaper = startReaper({ settings: agents.settings, sessions, isRunning, intervalMs }, config, log);
    },
    close: async () => {
      probe.close();
      reaper?.close();
      sweeper?.close();
      if (agents.kind === 'docker') await waitWithin(leaveDocker(agents.settings, check, log), dockerGoodbyeTimeoutMs);
    },
  };
}

async function leaveDocker(settings: DockerConfig, check: SandboxCheck | undefined, log: Log): Promise<void> {
  try {
    await check?.close();
    await removeOwnNetwork(openDocker(), settings);
  } catch (error) {
    log.warn('sandbox.sweepFailed', { reason: reasonOf(error) });
  }
}

const unconfinedWarning =
  'Sandboxes are local and bubblewrap with socat is not usable here: commands of agents run unconfined on this machine.';

function descriptionOf(sandbox: SandboxConfig): string {
  if (sandbox.kind === 'none') return `none: ${sandbox.reason}`;
  if (sandbox.kind !== 'local') return sandbox.kind;
  return sandbox.isConfined ? 'local' : 'local, unconfined';
}

/** How many looks of the reaper pass between two of the sweeper: leftover folders cost nothing, looking through many does. */
const looksPerSweep = 6;

function startSweeper(swept: Pick<SweeperDependencies, 'base' | 'sessions' | 'intervalMs'>, log: Log): Sweeper {
  const sweeper = new Sweeper({
    ...swept,
    now: Date.now,
    onRemoved: ({ name, reason }) => log.info('sandbox.removed', { name, reason }),
    onFailed: (reason) => log.warn('sandbox.sweepFailed', { reason }),
  });
  sweeper.start();
  return sweeper;
}

type Watched = Pick<ReaperDependencies, 'settings' | 'sessions' | 'isRunning' | 'intervalMs'>;

function startReaper(watched: Watched, config: Config, log: Log): Reaper {
  const reaper = new Reaper({
    ...watched,
    docker: openDocker(),
    removeAfterMs: config.SANDBOX_REMOVE_AFTER,
    now: Date.now,
    onPaused: ({ name }) => log.info('sandbox.paused', { name }),
    onRemoved: ({ name, reason }) => log.info('sandbox.removed', { name, reason }),
    onFailed: (error) => log.warn('sandbox.sweepFailed', { reason: reasonOf(error) }),
  });
  reaper.start();
  return reaper;
}
