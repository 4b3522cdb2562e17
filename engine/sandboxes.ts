// What the main thread does about sandboxes: chooses their kind, says whose they are, and has leftovers removed.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import { openDocker, reasonOf } from '../sandbox/docker/daemon.ts';
import { Reaper, type ReaperParts, type SessionLookup } from '../sandbox/docker/reaper.ts';
import { isConfinementAvailable } from '../sandbox/local/confinement.ts';
import type { DockerConfig, SandboxConfig } from '../schema/thread.ts';
import { type Config, ConfigError } from './config.ts';
import { DockerProbe } from './docker.ts';
import type { Log } from './log.ts';

export type Sandboxes = {
  /** What a host is started with; each start is a run of its own. */
  hostConfig(host: number): SandboxConfig;
  /** For `GET /`: a local sandbox without confinement is never a silent surprise. */
  description: string;
  isDockerAvailable: boolean;
  /** How many the live sessions hold, as of the last second. Those in memory cost nothing and aren't counted. */
  readonly held: number;
  /** Hears how many the actors of a host hold. */
  heldBy(host: number, held: number): void;
  /** Starts to look for leftovers. */
  watch(sessions: SessionLookup, intervalMs: number): void;
  close(): void;
};

/** @throws ConfigError for local sandboxes in production that nobody has allowed */
export async function openSandboxes(config: Config, log: Log): Promise<Sandboxes> {
  const probe = new DockerProbe(log);
  const sandbox = await sandboxConfigOf(config);
  const description = await descriptionOf(sandbox);
  if (sandbox.kind === 'local' && description !== 'local') log.warn('config.warning', { warning: unconfinedWarning });
  const heldByHost = new Map<number, number>();
  const runOfHost = new Map<number, string>();
  let reaper: Reaper | undefined;
  return {
    hostConfig: (host) => {
      const runId = uuid();
      runOfHost.set(host, runId);
      return sandbox.kind === 'docker' ? { ...sandbox, settings: { ...sandbox.settings, runId } } : sandbox;
    },
    description,
    get isDockerAvailable() {
      return probe.isAvailable;
    },
    get held() {
      return sandbox.kind === 'memory' ? 0 : heldByHost.values().reduce((sum, held) => sum + held, 0);
    },
    heldBy: (host, held) => void heldByHost.set(host, held),
    watch: (sessions, intervalMs) => {
      if (sandbox.kind !== 'docker') return;
      const isRunning = (runId: string) => [...runOfHost.values()].includes(runId);
      reaper = startReaper({ settings: sandbox.settings, sessions, isRunning, intervalMs }, config, log);
    },
    close: () => {
      probe.close();
      reaper?.close();
    },
  };
}

const unconfinedWarning =
  'SANDBOX is local and bubblewrap with socat and ripgrep is not usable here: commands of agents run unconfined on this machine.';

async function sandboxConfigOf(config: Config): Promise<SandboxConfig> {
  const base = path.resolve(config.WORKSPACE_BASE_PATH);
  if (config.SANDBOX === 'docker')
    return { kind: 'docker', warm: config.SANDBOX_WARM, settings: dockerConfigOf(config, await engineIdIn(base)) };
  if (config.SANDBOX !== 'local') return { kind: 'memory' };
  if (config.NODE_ENV === 'production' && config.ALLOW_LOCAL_SANDBOX !== '1')
    throw new ConfigError('SANDBOX is "local", but in production it accepts that only with ALLOW_LOCAL_SANDBOX=1.');
  return { kind: 'local', base };
}

const dockerConfigOf = (config: Config, engineId: string): DockerConfig => ({
  image: config.SANDBOX_IMAGE,
  containerPrefix: config.SANDBOX_CONTAINER_PREFIX,
  memoryBytes: config.SANDBOX_MEMORY_LIMIT,
  cpus: config.SANDBOX_CPU_LIMIT,
  network: config.DOCKER_NETWORK,
  runtime: config.SANDBOX_RUNTIME,
  workspaceBytes: config.SANDBOX_WORKSPACE_LIMIT,
  engineId,
  runId: '', // Each start of a host gets its own.
});

/** An engine is known by its base path: after a restart it finds its own containers, and nobody else's. */
async function engineIdIn(base: string): Promise<string> {
  const file = path.join(base, '.engine-id');
  await mkdir(base, { recursive: true });
  await writeFile(file, uuid(), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return (await readFile(file, 'utf8')).trim();
}

async function descriptionOf({ kind }: SandboxConfig): Promise<string> {
  if (kind !== 'local') return kind;
  return (await isConfinementAvailable()) ? 'local' : 'local, unconfined';
}

type Watched = Pick<ReaperParts, 'settings' | 'sessions' | 'isRunning' | 'intervalMs'>;

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
