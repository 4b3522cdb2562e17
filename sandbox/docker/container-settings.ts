// The options that a sandbox's container is made with: everything is taken away that an agent's commands don't need.
import type Docker from 'dockerode';
import type { DockerConfig } from '../../schema/thread.ts';
import { workspace } from '../sandbox.ts';
import { type Disks, isDiskPath } from './disks/disks.ts';
import { readGuestFile } from './guest-files.ts';
import { namespaceProfile } from './namespace-profile.ts';

export type DockerSettings = DockerConfig;
/** The settings that a container is made with. */
export type ContainerSettings = Omit<
  DockerSettings,
  | 'daemon'
  | 'containerPrefix'
  | 'openedHosts'
  | 'mayBeOpen'
  | 'enginePort'
  | 'gitRelay'
  | 'workspaceKind'
  | 'devcontainerImages'
  | 'formerOwners'
>;

export const labels = {
  managed: 'lucid.managed',
  session: 'lucid.session_id',
  engine: 'lucid.engine_id',
  run: 'lucid.run_id',
  /** The network that the firewall is set around, and below it what the firewall lets through. */
  network: 'lucid.network_id',
  opened: 'lucid.opened',
  /** The engine whose disks a container makes. */
  disks: 'lucid.disks_of',
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

/** Makes the namespace in which commands are root, and keeps it. */
const rootKeeper = `${readGuestFile('namespace')}\n${readGuestFile('keeper')}`;

export const ownNetworkName = (engineId: string) => `lucid-${engineId}`;

/**
 * @param name of the container and of its workspace volume
 * @param disks where its workspace and home are; without them they are in memory
 */
export function buildContainerOptions(
  settings: ContainerSettings,
  name: string,
  sessionId: string,
  disks?: Disks,
): Docker.ContainerCreateOptions {
  const { image, memoryBytes, cpus, network, runtime, engineId, runId, user } = settings;
  const isRoot = user === 'namespace-root';
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
    // What an image of a repository's own would start besides is left out.
    Entrypoint: [''],
    Healthcheck: { Test: ['NONE'] },
    Cmd: isRoot
      ? ['python3', '-ISc', rootKeeper]
      : ['sh', '-c', 'trap "" HUP INT QUIT TERM USR1 USR2 ALRM; exec sleep infinity'],
    Env: [`HOME=${agentHome}`],
    Labels: ownLabels,
    Hostname: 'sandbox',
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', ...(isRoot ? [`seccomp=${namespaceProfile}`] : [])],
      ReadonlyRootfs: true,
      Tmpfs: { ...tmpfsOf(memoryBytes), ...(disks === undefined && homeInMemory(memoryBytes)) },
      Mounts:
        disks === undefined
          ? [buildMount({ name, at: workspace, options: memoryOptionsOf(settings), ownLabels })]
          : [
              buildMount({ name, at: workspace, options: diskOptionsOf(disks.workspace), ownLabels }),
              buildMount({ name: homeVolumeOf(name), at: agentHome, options: diskOptionsOf(disks.home), ownLabels }),
            ],
      PidsLimit: processesMax,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(cpus * 1e9),
      Ulimits: [
        { Name: 'nofile', Soft: openFilesMax, Hard: openFilesMax },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      IpcMode: 'private',
      Init: !isRoot,
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
  '/dev/shm': `rw,noexec,nosuid,nodev,mode=1777,${boundsOf(Math.min(64 * megabyte, Math.floor(memoryBytes / 16)))}`,
  '/run/lucid': `rw,noexec,nosuid,nodev,mode=0700,uid=1000,gid=1000,${boundsOf(megabyte)}`,
});

const homeInMemory = (memoryBytes: number): Record<string, string> => ({
  [agentHome]: `rw,exec,nosuid,nodev,mode=0700,uid=1000,gid=1000,${boundsOf(Math.min(256 * megabyte, Math.floor(memoryBytes / 8)))}`,
});

/** A file, folder or link, however small, takes a kilobyte of the kernel's memory, which counts as the container's. */
const bytesPerFile = 8 * 1024;

/** The number of files is bounded too, because the bound in bytes counts only their content. */
const boundsOf = (bytes: number): string => `size=${bytes},nr_inodes=${Math.floor(bytes / bytesPerFile)}`;

/** In memory the workspace may have half of the container's at most. */
export const workspaceBytesOf = ({
  workspaceBytes,
  memoryBytes,
}: Pick<DockerSettings, 'workspaceBytes' | 'memoryBytes'>): number =>
  Math.min(workspaceBytes, Math.floor(memoryBytes / 2));

const memoryOptionsOf = (settings: ContainerSettings): Record<string, string> => ({
  type: 'tmpfs',
  device: 'tmpfs',
  o: `${boundsOf(workspaceBytesOf(settings))},uid=1000,gid=1000,mode=0755,nosuid,nodev`,
});

/** Room that becomes free goes back to the machine. */
const diskOptionsOf = (device: string): Record<string, string> => ({
  type: 'ext4',
  device,
  o: 'nosuid,nodev,noatime,discard',
});

/** The name of the home's volume beside the workspace's. */
export const homeVolumeOf = (name: string) => `${name}-home`;

/**
 * The workspace is a volume of its own, bounded in size; so is the home where it is on disk. They outlive their container,
 * so that a container that can't be saved is replaced under them; Docker keeps them mounted as long as one container has them.
 */
const buildMount = (mount: {
  name: string;
  at: string;
  options: Record<string, string>;
  ownLabels: Record<string, string>;
}) => ({
  Type: 'volume' as const,
  Source: mount.name,
  Target: mount.at,
  VolumeOptions: {
    NoCopy: true,
    Labels: mount.ownLabels,
    DriverConfig: { Name: 'local', Options: mount.options },
  },
});

/** Reads from a container's own options which volume and which disks it has. */
export function readVolumes(mounts: readonly Docker.MountSettings[]): {
  volume: string | undefined;
  disks: Disks | undefined;
} {
  const find = (at: string) => mounts.find(({ Target }) => Target === at);
  const deviceOf = (at: string) => find(at)?.VolumeOptions?.DriverConfig?.Options.device ?? '';
  const disks = { workspace: deviceOf(workspace), home: deviceOf(agentHome) };
  const hasDisks = isDiskPath(disks.workspace) && isDiskPath(disks.home);
  return { volume: find(workspace)?.Source, disks: hasDisks ? disks : undefined };
}
