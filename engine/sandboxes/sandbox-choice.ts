// Chooses the sandboxes of real agents and of those that a script plays: as SANDBOX says, or by what this machine has.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import { openDocker } from '../../sandbox/docker/docker-client.ts';
import { checkDaemon } from '../../sandbox/docker/docker-readiness.ts';
import { findConfinementProblem } from '../../sandbox/local/confinement-check.ts';
import { ownFolders } from '../../sandbox/local/local-folders.ts';
import type { KubernetesConfig } from '../../schema/kubernetes-config.ts';
import type { DockerConfig, HostConfig, LocalConfig, SandboxConfig } from '../../schema/thread.ts';
import { ownNameOf } from '../config/cluster-variables.ts';
import { hasKey } from '../config/mode.ts';
import { daemonsOf } from '../config/sandbox-host-variables.ts';
import { type Config, ConfigError } from '../config.ts';

export type SandboxChoice = HostConfig['sandboxes'];

/** The facts about this machine that the choice depends on. */
export type Machine = {
  findDocker(): Promise<'there' | 'silent' | 'absent'>;
  /** Why commands can't be confined to their folder; undefined where they can. */
  findConfinementProblem(): Promise<string | undefined>;
  /** Whether the engine is root, as which its unconfined commands would run. */
  isRoot: boolean;
};

const thisMachine: Machine = {
  findDocker: () => checkDaemon(openDocker()),
  findConfinementProblem,
  isRoot: process.getuid?.() === 0,
};

/** @throws ConfigError for sandboxes that aren't allowed here, or in production */
export async function chooseSandboxes(config: Config, machine: Machine = thisMachine): Promise<SandboxChoice> {
  const formerFolders = findFormerFolders(config);
  if (config.SANDBOX === 'auto')
    return { agents: await chooseAgentsSandbox(config, machine), mock: { kind: 'memory' }, formerFolders };
  const named = await configureSandbox(config.SANDBOX, config, machine);
  return { agents: named, mock: named, formerFolders };
}

/** The base folder where an earlier start had folders, so that deleting a session removes its folder there too. */
function findFormerFolders(config: Config): string | undefined {
  const base = path.resolve(config.WORKSPACE_BASE_PATH);
  return existsSync(path.join(base, ownFolders)) ? base : undefined;
}

async function configureSandbox(
  kind: 'docker' | 'kubernetes' | 'local' | 'memory',
  config: Config,
  machine: Machine,
): Promise<SandboxConfig> {
  if (kind === 'memory') return { kind };
  if (kind === 'kubernetes') return { kind, settings: kubernetesConfigOf(config, await findPodsOwner(config)) };
  const daemons = daemonsOf(config);
  if (kind === 'docker')
    return {
      kind,
      ...(daemons && { daemons }),
      warm: config.SANDBOX_WARM,
      settings: dockerConfigOf(config, await ensureEngineId(path.resolve(config.WORKSPACE_BASE_PATH))),
    };
  const local = await configureLocalSandbox(config, machine);
  if ('refusal' in local) throw new ConfigError(`SANDBOX is "local", but ${local.refusal}.`);
  return local;
}

/** Tries once whether commands can be confined, since that starts several processes. */
async function configureLocalSandbox(config: Config, machine: Machine): Promise<LocalConfig | { refusal: string }> {
  const problem = await machine.findConfinementProblem();
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
 * Chooses containers where a Docker daemon is, even a slow one, or where there were containers before, since sessions
 * have them; folders otherwise. Without a key no containers are made ahead.
 */
async function chooseAgentsSandbox(config: Config, machine: Machine): Promise<SandboxConfig> {
  const isPooled = config.SANDBOX_HOSTS !== undefined;
  if (isPooled || (await machine.findDocker()) !== 'absent' || hasUsedContainers(config)) {
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

/** Why folders of this machine aren't taken unless the operator allows them; undefined where they are. */
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

/** @param engineId of the engine that the containers belong to */
export const dockerConfigOf = (config: Config, engineId: string): DockerConfig => ({
  image: config.SANDBOX_IMAGE,
  containerPrefix: config.SANDBOX_CONTAINER_PREFIX,
  memoryBytes: config.SANDBOX_MEMORY_LIMIT,
  cpus: config.SANDBOX_CPU_LIMIT,
  network: config.DOCKER_NETWORK,
  user: config.SANDBOX_USER,
  devcontainerImages: config.DEVCONTAINER_IMAGES,
  runtime: config.SANDBOX_RUNTIME,
  workspaceBytes: config.SANDBOX_WORKSPACE_LIMIT,
  workspaceKind: config.SANDBOX_WORKSPACE,
  openedHosts: config.SANDBOX_ALLOWED_HOSTS,
  mayBeOpen: config.ALLOW_OPEN_SANDBOX_NETWORK === '1',
  enginePort: config.PORT || anyPort,
  gitRelay: config.GIT_RELAY,
  engineId,
  runId: '', // Each start of a host gets its own.
});

/** @param clusterId of the engine, or of all the engines, that the Pods belong to */
const kubernetesConfigOf = (config: Config, clusterId: string): KubernetesConfig => ({
  namespace: config.SANDBOX_NAMESPACE,
  podMaker: config.SANDBOX_POD_MAKER,
  image: config.SANDBOX_IMAGE,
  prefix: config.SANDBOX_CONTAINER_PREFIX.toLowerCase().replaceAll(/[^a-z\d-]/g, '-'),
  memoryBytes: config.SANDBOX_MEMORY_LIMIT,
  cpus: config.SANDBOX_CPU_LIMIT,
  runtime: config.SANDBOX_RUNTIME,
  workspaceBytes: config.SANDBOX_WORKSPACE_LIMIT,
  workspaceKind: config.SANDBOX_WORKSPACE,
  storageClass: config.SANDBOX_STORAGE_CLASS,
  nodeSelector: config.SANDBOX_NODE_SELECTOR,
  tolerations: config.SANDBOX_TOLERATIONS,
  mayBeOpen: config.ALLOW_OPEN_SANDBOX_NETWORK === '1',
  clusterId,
});

/** The id of what engines share is their database's, which isn't open yet. */
const notKnownYet = '';

/** Engines of a cluster share their Pods, so that each finds what another has left; an engine alone may have a name for its own. */
const findPodsOwner = async (config: Config): Promise<string> =>
  config.CLUSTER_URL === undefined
    ? (ownNameOf(config) ?? ensureEngineId(path.resolve(config.WORKSPACE_BASE_PATH)))
    : notKnownYet;

/** The port to try where PORT is 0; a port without a listener also shows whether containers reach the machine. */
const anyPort = 8_000;

/** A file in the folder that WORKSPACE_BASE_PATH names. */
export const engineIdFile = '.engine-id';

export const engineIdFileOf = (config: Config): string =>
  path.join(path.resolve(config.WORKSPACE_BASE_PATH), engineIdFile);

const hasUsedContainers = (config: Config): boolean => existsSync(engineIdFileOf(config));

/** The engine's id is kept in its base path, so that it finds its own containers after a restart, and no others. */
async function ensureEngineId(base: string): Promise<string> {
  const file = path.join(base, engineIdFile);
  await mkdir(base, { recursive: true });
  await writeFile(file, uuid(), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return (await readFile(file, 'utf8')).trim();
}
