// How a sandbox's container is made: everything taken away that an agent's commands don't need.
import type Docker from 'dockerode';
import type { DockerConfig } from '../../schema/thread.ts';
import { workspace } from '../sandbox.ts';

export type DockerSettings = DockerConfig;

export const labels = {
  managed: 'lucid.managed',
  session: 'lucid.session_id',
  engine: 'lucid.engine_id',
  run: 'lucid.run_id',
} as const;

/** What a container that was made ahead carries as its session: a label can't be changed afterwards. */
export const warmSession = 'warm';

const user = '1000:1000';
/** Docker's API has it, dockerode's types don't. */
const privateCgroups = { CgroupnsMode: 'private' };
const pidsMax = 512;
const openFilesMax = 4_096;
const megabyte = 1024 * 1024;

export const ownNetwork = (engineId: string) => `lucid-${engineId}`;

/** @param name the container's, and its workspace volume's */
export function containerOptions(
  settings: DockerSettings,
  name: string,
  sessionId: string,
): Docker.ContainerCreateOptions {
  const { image, memoryBytes, cpus, network, runtime, engineId, runId } = settings;
  const ownLabels = {
    [labels.managed]: 'true',
    [labels.session]: sessionId,
    [labels.engine]: engineId,
    [labels.run]: runId,
  };
  return {
    name,
    Image: image,
    User: user,
    WorkingDir: workspace,
    Cmd: ['sleep', 'infinity'],
    Env: ['HOME=/home/agent'],
    Labels: ownLabels,
    Hostname: 'sandbox',
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: {
        '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${512 * megabyte}`,
        '/home/agent': `rw,exec,nosuid,nodev,mode=0700,uid=1000,gid=1000,size=${256 * megabyte}`,
      },
      Mounts: [workspaceMount(settings, name, ownLabels)],
      PidsLimit: pidsMax,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(cpus * 1e9),
      Ulimits: [
        { Name: 'nofile', Soft: openFilesMax, Hard: openFilesMax },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      IpcMode: 'private',
      Init: true,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
      NetworkMode: network ?? ownNetwork(engineId),
      OomScoreAdj: 500,
      ...(runtime !== undefined && { Runtime: runtime }),
      ...privateCgroups,
    },
  };
}

/**
 * The workspace is a volume of its own, bounded in size, in memory. It outlives its container, so that a container that
 * can't be saved is replaced under it; Docker keeps it mounted as long as one container has it.
 */
const workspaceMount = (settings: DockerSettings, name: string, ownLabels: Record<string, string>) => ({
  Type: 'volume' as const,
  Source: name,
  Target: workspace,
  VolumeOptions: {
    NoCopy: true,
    Labels: ownLabels,
    DriverConfig: {
      Name: 'local',
      Options: {
        type: 'tmpfs',
        device: 'tmpfs',
        o: `size=${settings.workspaceBytes},uid=1000,gid=1000,mode=0755,nosuid,nodev`,
      },
    },
  },
});
