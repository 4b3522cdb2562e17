// Chooses where agents act, and where those that a script plays: as SANDBOX says, or by what is here.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import { openDocker } from '../../sandbox/docker/docker-client.ts';
import { checkDaemon } from '../../sandbox/docker/docker-readiness.ts';
import { findConfinementProblem } from '../../sandbox/local/confinement.ts';
import { ownFolders } from '../../sandbox/local/local-folders.ts';
import type { DockerConfig, HostConfig, LocalConfig, SandboxConfig } from '../../schema/thread.ts';
import { hasKey } from '../config/mode.ts';
import { type Config, ConfigError } from '../config.ts';

export type SandboxChoice = HostConfig['sandboxes'];

/** What can be found out about this machine. */
export type Machine = {
  findDocker(): Promise<'there' | 'silent' | 'absent'>;
  /** Why commands in folders can't be kept to those; undefined where they can. */
  problemOfConfining(): Promise<string | undefined>;
  /** Whether the engine is root, and what it started unconfined would be. */
  isRoot: boolean;
};

const thisMachine: Machine = {
  findDocker: () => checkDaemon(openDocker()),
  problemOfConfining: findConfinementProblem,
  isRoot: process.getuid?.() === 0,
};

/** @throws ConfigError for what isn't allowed, or production can't have */
export async function chooseSandboxes(config: Config, machine: Machine = thisMachine): Promise<SandboxChoice> {
  const formerFolders = findFormerFolders(config);
  if (config.SANDBOX === 'auto')
    return { agents: await chooseAgentsSandbox(config, machine), mock: { kind: 'memory' }, formerFolders };
  const named = await configureSandbox(config.SANDBOX, config, machine);
  return { agents: named, mock: named, formerFolders };
}

/** What is deleted goes there too, though sessions are elsewhere now. */
function findFormerFolders(config: Config): string | undefined {
  const base = path.resolve(config.WORKSPACE_BASE_PATH);
  return existsSync(path.join(base, ownFolders)) ? base : undefined;
}

async function configureSandbox(
  kind: 'docker' | 'local' | 'memory',
  config: Config,
  machine: Machine,
): Promise<SandboxConfig> {
  if (kind === 'memory') return { kind };
  if (kind === 'docker')
    return {
      kind,
      warm: config.SANDBOX_WARM,
      settings: dockerConfigOf(config, await ensureEngineId(path.resolve(config.WORKSPACE_BASE_PATH))),
    };
  const local = await configureLocalSandbox(config, machine);
  if ('refusal' in local) throw new ConfigError(`SANDBOX is "local", but ${local.refusal}.`);
  return local;
}

/** Commands are tried to be confined once, which takes some processes. */
async function configureLocalSandbox(config: Config, machine: Machine): Promise<LocalConfig | { refusal: string }> {
  const problem = await machine.problemOfConfining();
  const refusal = localRefusalOf(config, machine, problem);
  if (refusal !== undefined) return { refusal };
  return {
    kind: 'local',
    base: path.resolve(config.WORKSPACE_BASE_PATH),
    isConfined: problem === undefined,
    openedHosts: config.SANDBOX_ALLOWED_HOSTS,
  };
}

/**
 * Containers where there is a daemon, though it may be slow to answer, and where there was one before: sessions are in
 * them. Folders where there is none. No containers are made ahead before anybody can need them.
 */
async function chooseAgentsSandbox(config: Config, machine: Machine): Promise<SandboxConfig> {
  if ((await machine.findDocker()) !== 'absent' || hadContainers(config)) {
    const docker = await configureSandbox('docker', config, machine);
    return docker.kind === 'docker' && !hasKey(config) ? { ...docker, warm: 0 } : docker;
  }
  const local = await configureLocalSandbox(config, machine);
  if (!('refusal' in local)) return local;
  const reason = `Docker is not there, and ${local.refusal}.`;
  if (hasKey(config) && config.NODE_ENV === 'production')
    throw new ConfigError(`There is no sandbox for agents: ${reason}`);
  return { kind: 'none', reason };
}

/** Why folders of this machine aren't taken without a word of the operator: undefined where they are. */
function localRefusalOf(
  { NODE_ENV, ALLOW_LOCAL_SANDBOX }: Config,
  { isRoot }: Machine,
  problem: string | undefined,
): string | undefined {
  if (problem !== undefined && isRoot)
    return (
      `agents would run commands as root of this machine, since they can't be confined (${problem}): ` +
      'install Docker, or bubblewrap and socat, or run the engine as another account'
    );
  if (ALLOW_LOCAL_SANDBOX === '1') return undefined;
  if (problem !== undefined)
    return (
      `agents would run commands on this machine itself, unconfined (${problem}): install Docker, or bubblewrap and ` +
      'socat, or allow it with ALLOW_LOCAL_SANDBOX=1'
    );
  if (NODE_ENV === 'production') return 'production accepts local sandboxes only with ALLOW_LOCAL_SANDBOX=1';
  return undefined;
}

/** @param engineId whose containers they are */
export const dockerConfigOf = (config: Config, engineId: string): DockerConfig => ({
  image: config.SANDBOX_IMAGE,
  containerPrefix: config.SANDBOX_CONTAINER_PREFIX,
  memoryBytes: config.SANDBOX_MEMORY_LIMIT,
  cpus: config.SANDBOX_CPU_LIMIT,
  network: config.DOCKER_NETWORK,
  runtime: config.SANDBOX_RUNTIME,
  workspaceBytes: config.SANDBOX_WORKSPACE_LIMIT,
  openedHosts: config.SANDBOX_ALLOWED_HOSTS,
  mayBeOpen: config.ALLOW_OPEN_SANDBOX_NETWORK === '1',
  enginePort: config.PORT || anyPort,
  gitRelay: config.GIT_RELAY,
  engineId,
  runId: '', // Each start of a host gets its own.
});

/** A port on which nothing listens tells as well whether the machine can be reached: it refuses. */
const anyPort = 8_000;

/** In the base path. */
export const engineIdFile = '.engine-id';

const hadContainers = (config: Config): boolean =>
  existsSync(path.join(path.resolve(config.WORKSPACE_BASE_PATH), engineIdFile));

/** An engine is known by its base path: after a restart it finds its own containers, and nobody else's. */
async function ensureEngineId(base: string): Promise<string> {
  const file = path.join(base, engineIdFile);
  await mkdir(base, { recursive: true });
  await writeFile(file, uuid(), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return (await readFile(file, 'utf8')).trim();
}
