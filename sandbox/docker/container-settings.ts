// The options that a sandbox's container is made with: everything is taken away that an agent's commands don't need.
import type Docker from 'dockerode';
import type { DockerConfig } from '../../schema/thread.ts';
import { workspace } from '../sandbox.ts';

export type DockerSettings = DockerConfig;
/** Those of them that a container is made with. */
export type ContainerSettings = Omit<
  DockerSettings,
  'containerPrefix' | 'openedHosts' | 'mayBeOpen' | 'enginePort' | 'gitRelay'
>;

export const labels = {
  managed: 'lucid.managed',
  session: 'lucid.session_id',
  engine: 'lucid.engine_id',
  run: 'lucid.run_id',
  /** Around which network the firewall is set, and what it lets through. */
  network: 'lucid.network_id',
  opened: 'lucid.opened',
} as const;

/** What a container that was made ahead carries as its session: a label can't be changed afterwards. */
export const warmSession = 'warm';
/** In the name of a container in whose place another stands. */
export const replacedMark = '-replaced-';

/** What `npm run sandbox:build` makes. */
export const defaultImage = 'lucid-sandbox';
/** On the image: which Dockerfile made it. */
export const dockerfileLabel = 'lucid.dockerfile';

/** The container's, and every exec's. */
export const sandboxUser = '1000:1000';

/** Processes and threads of one container. */
export const processesMax = 512;

/** Where bash leaves its environment for the next one; a file system of its own, so that no full disk is in the way. */
export const shellStateFile = '/run/lucid/shell';

/** Docker's API has it, dockerode's types don't. */
const privateCgroups = { CgroupnsMode: 'private' };
const openFilesMax = 4_096;
const megabyte = 1024 * 1024;

export const ownNetworkName = (engineId: string) => `lucid-${engineId}`;

/** @param name the container's, and its workspace volume's */
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
    // Deaf to what `kill 1` makes init pass on: if it ended, the container would, and the workspace with it.
    Cmd: ['sh', '-c', 'trap "" HUP INT QUIT TERM USR1 USR2 ALRM; exec sleep infinity'],
    Env: ['HOME=/home/agent'],
    Labels: ownLabels,
    Hostname: 'sandbox',
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: tmpfsOf(memoryBytes),
      Mounts: [workspaceMount(settings, name, ownLabels)],
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

/** What is written to these is memory of the container: full disks must leave some for processes. */
const tmpfsOf = (memoryBytes: number): Record<string, string> => ({
  '/tmp': `rw,exec,nosuid,nodev,mode=1777,${boundsOf(Math.min(512 * megabyte, Math.floor(memoryBytes / 8)))}`,
  '/home/agent': `rw,exec,nosuid,nodev,mode=0700,uid=1000,gid=1000,${boundsOf(Math.min(256 * megabyte, Math.floor(memoryBytes / 8)))}`,
  '/dev/shm': `rw,noexec,nosuid,nodev,mode=1777,${boundsOf(Math.min(64 * megabyte, Math.floor(memoryBytes / 16)))}`,
  '/run/lucid': `rw,noexec,nosuid,nodev,mode=0700,uid=1000,gid=1000,${boundsOf(megabyte)}`,
});

/** A file, folder or link, however small, is a kilobyte of the kernel's memory, which is the container's too. */
const bytesPerFile = 8 * 1024;

/** The second is a number of files: the bound in bytes knows only what is in them. */
const boundsOf = (bytes: number): string => `size=${bytes},nr_inodes=${Math.floor(bytes / bytesPerFile)}`;

/** Likewise: half of the container's memory at most. */
export const workspaceBytesOf = ({
  workspaceBytes,
  memoryBytes,
}: Pick<DockerSettings, 'workspaceBytes' | 'memoryBytes'>): number =>
  Math.min(workspaceBytes, Math.floor(memoryBytes / 2));

/**
 * The workspace is a volume of its own, bounded in size, in memory. It outlives its container, so that a container that
 * can't be saved is replaced under it; Docker keeps it mounted as long as one container has it.
 */
const workspaceMount = (settings: ContainerSettings, name: string, ownLabels: Record<string, string>) => ({
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
