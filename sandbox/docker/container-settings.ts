// The options that a sandbox's container is made with: everything is taken away that an agent's commands don't need.
import type Docker from 'dockerode';
import type { DockerConfig } from '../../schema/thread.ts';
import { workspace } from '../sandbox.ts';

export type DockerSettings = DockerConfig;
/** The settings that a container is made with. */
export type ContainerSettings = Omit<
  DockerSettings,
  'containerPrefix' | 'openedHosts' | 'mayBeOpen' | 'enginePort' | 'gitRelay'
>;

export const labels = {
  managed: 'lucid.managed',
  session: 'lucid.session_id',
  engine: 'lucid.engine_id',
  run: 'lucid.run_id',
  /** The network that the firewall is set around, and below it what the firewall lets through. */
  network: 'lucid.network_id',
  opened: 'lucid.opened',
} as const;

/** The session's label of a container that was made ahead: it can't be changed afterwards. */
export const warmSession = 'warm';
/** Stands in the name of a container that another has replaced. */
export const replacedMark = '-replaced-';

/** The image that `npm run sandbox:build` makes. */
export const defaultImage = 'lucid-sandbox';
/** The image's label that says which Dockerfile made it. */
export const dockerfileLabel = 'lucid.dockerfile';

/** The user of the container and of every exec. */
export const sandboxUser = '1000:1000';

/** The home of its commands. */
export const agentHome = '/home/agent';

/** Processes and threads of one container. */
export const processesMax = 512;

/** The file that bash leaves its environment in, on a file system of its own, so that no full disk prevents it. */
export const shellStateFile = '/run/lucid/shell';

/** An option of Docker's API that dockerode's types lack. */
const privateCgroups = { CgroupnsMode: 'private' };
const openFilesMax = 4_096;
const megabyte = 1024 * 1024;

export const ownNetworkName = (engineId: string) => `lucid-${engineId}`;

/** @param name of the container and of its workspace volume */
export function buildContainerOptions(
  settings: ContainerSettings,
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
    User: sandboxUser,
    WorkingDir: workspace,
    // The command ignores what `kill 1` makes init pass on: if it ended, so would the container, and the workspace with it.
    Cmd: ['sh', '-c', 'trap "" HUP INT QUIT TERM USR1 USR2 ALRM; exec sleep infinity'],
    Env: [`HOME=${agentHome}`],
    Labels: ownLabels,
    Hostname: 'sandbox',
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: tmpfsOf(memoryBytes),
      Mounts: [buildWorkspaceMount(settings, name, ownLabels)],
      PidsLimit: processesMax,
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
      NetworkMode: network ?? ownNetworkName(engineId),
      OomScoreAdj: 500,
      ...(runtime !== undefined && { Runtime: runtime }),
      ...privateCgroups,
    },
  };
}

/** Files in these folders take the container's memory, so full disks must leave some for processes. */
const tmpfsOf = (memoryBytes: number): Record<string, string> => ({
  '/tmp': `rw,exec,nosuid,nodev,mode=1777,${boundsOf(Math.min(512 * megabyte, Math.floor(memoryBytes / 8)))}`,
  [agentHome]: `rw,exec,nosuid,nodev,mode=0700,uid=1000,gid=1000,${boundsOf(Math.min(256 * megabyte, Math.floor(memoryBytes / 8)))}`,
  '/dev/shm': `rw,noexec,nosuid,nodev,mode=1777,${boundsOf(Math.min(64 * megabyte, Math.floor(memoryBytes / 16)))}`,
  '/run/lucid': `rw,noexec,nosuid,nodev,mode=0700,uid=1000,gid=1000,${boundsOf(megabyte)}`,
});

/** A file, folder or link, however small, takes a kilobyte of the kernel's memory, which counts as the container's. */
const bytesPerFile = 8 * 1024;

/** The number of files is bounded too, because the bound in bytes counts only their content. */
const boundsOf = (bytes: number): string => `size=${bytes},nr_inodes=${Math.floor(bytes / bytesPerFile)}`;

/** The workspace is in memory too, so it may have half of the container's at most. */
export const workspaceBytesOf = ({
  workspaceBytes,
  memoryBytes,
}: Pick<DockerSettings, 'workspaceBytes' | 'memoryBytes'>): number =>
  Math.min(workspaceBytes, Math.floor(memoryBytes / 2));

/**
 * The workspace is a volume of its own, bounded in size, in memory. It outlives its container, so that a container that
 * can't be saved is replaced under it; Docker keeps it mounted as long as one container has it.
 */
const buildWorkspaceMount = (settings: ContainerSettings, name: string, ownLabels: Record<string, string>) => ({
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
        o: `${boundsOf(workspaceBytesOf(settings))},uid=1000,gid=1000,mode=0755,nosuid,nodev`,
      },
    },
  },
});
