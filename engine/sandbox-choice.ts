// Chooses where agents act, and where those that a script plays: as SANDBOX says, or by what is here.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import { openDocker } from '../sandbox/docker/daemon.ts';
import { isConfinementAvailable } from '../sandbox/local/confinement.ts';
import type { DockerConfig, HostConfig, SandboxConfig } from '../schema/thread.ts';
import { type Config, ConfigError } from './config.ts';
import { hasKey } from './mode.ts';

export type SandboxChoice = HostConfig['sandboxes'];

/** @throws ConfigError for what production doesn't take, or can't have */
export async function chooseSandboxes(config: Config): Promise<SandboxChoice> {
  if (config.SANDBOX === 'auto') return { agents: await agentsSandbox(config), mock: { kind: 'memory' } };
  const named = await namedSandbox(config.SANDBOX, config);
  return { agents: named, mock: named };
}

async function namedSandbox(kind: 'docker' | 'local' | 'memory', config: Config): Promise<SandboxConfig> {
  const base = path.resolve(config.WORKSPACE_BASE_PATH);
  if (kind === 'memory') return { kind };
  if (kind === 'docker')
    return { kind, warm: config.SANDBOX_WARM, settings: dockerConfigOf(config, await engineIdIn(base)) };
  if (!mayBeLocal(config))
    throw new ConfigError('SANDBOX is "local", but in production it accepts that only with ALLOW_LOCAL_SANDBOX=1.');
  return { kind, base, isConfined: await isConfinementAvailable() };
}

/** Containers where Docker answers, folders where it doesn't. None are made ahead before anybody can need them. */
async function agentsSandbox(config: Config): Promise<SandboxConfig> {
  if (await isDockerThere()) {
    const docker = await namedSandbox('docker', config);
    return docker.kind === 'docker' && !hasKey(config) ? { ...docker, warm: 0 } : docker;
  }
  if (mayBeLocal(config)) return namedSandbox('local', config);
  const reason = 'Docker does not answer, and production accepts local sandboxes only with ALLOW_LOCAL_SANDBOX=1.';
  if (hasKey(config)) throw new ConfigError(`There is no sandbox for agents: ${reason}`);
  return { kind: 'none', reason };
}

const mayBeLocal = ({ NODE_ENV, ALLOW_LOCAL_SANDBOX }: Config): boolean =>
  NODE_ENV !== 'production' || ALLOW_LOCAL_SANDBOX === '1';

const isDockerThere = (): Promise<boolean> =>
  openDocker()
    .ping()
    .then(
      () => true,
      () => false,
    );

/** @param engineId whose containers they are */
export const dockerConfigOf = (config: Config, engineId: string): DockerConfig => ({
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

/** In the base path. */
export const engineIdFile = '.engine-id';

/** An engine is known by its base path: after a restart it finds its own containers, and nobody else's. */
async function engineIdIn(base: string): Promise<string> {
  const file = path.join(base, engineIdFile);
  await mkdir(base, { recursive: true });
  await writeFile(file, uuid(), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return (await readFile(file, 'utf8')).trim();
}
