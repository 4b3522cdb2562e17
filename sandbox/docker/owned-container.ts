// One session's container and its workspace volume: paused, repaired, replaced and removed.
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { AboutSnapshot } from '../sandbox-source.ts';
import {
  buildContainerOptions,
  type DockerSettings,
  homeVolumeOf,
  processesMax,
  replacedMark,
} from './container-settings.ts';
import { checkImage } from './devcontainer-images.ts';
import type { Disks } from './disks/disks.ts';
import { describeImageTrouble } from './start-failure.ts';

/** The session, in one of its activations, that a container belongs to. */
export type ContainerOwner = { sessionId: string; epoch: number };

/** What a container uses, as Docker counts it. */
export type ContainerUsage = {
  cpuMs: number;
  cpus: number;
  memoryBytes: number;
  memoryBytesMax: number;
  processes: number;
};

/** A container and what it has mounted; without disks its workspace is in memory. */
export type MadeContainer = { container: Docker.Container; volume: string; disks?: Disks | undefined };

/** A container of another image: kept, which ends the one before, or given up for that one. */
export type ImageChange = { imageId: string; keep(): void; goBack(): Promise<void> };

/** Makes disks that nothing is on. */
type MakeDisks = () => Promise<Disks | undefined>;
type ReleaseDisks = (disks: Disks) => Promise<void>;
type SaveDisks = (disks: Disks, name: string, about: AboutSnapshot) => Promise<Outcome<void>>;

export type ContainerState = 'running' | 'paused' | 'ended' | 'gone' | 'unknown';

/** How far the limit of processes is raised for a moment, so that a full container can be entered. */
const extraProcesses = 32;
/** How long a full container's use of processors is measured. */
const busyWatchMs = 100;

export class OwnedContainer {
  readonly #docker: Docker;
  #settings: DockerSettings;
  #sessionId: string;
  #epoch: number;
  /** The volume keeps the name it was made with, whatever its container is called. */
  #volume: string;
  #disks: Disks | undefined;
  readonly #makeDisks: MakeDisks;
  readonly #releaseDisks: ReleaseDisks;
  readonly #saveDisks: SaveDisks;
  #container: Docker.Container;
  #hasLostWorkspace = false;
  /** The removal of a container that was replaced. */
  #removing: Promise<unknown> = Promise.resolve();

  constructor(
    dependencies: ContainerOwner & {
      docker: Docker;
      settings: DockerSettings;
      makeDisks: MakeDisks;
      releaseDisks: ReleaseDisks;
      saveDisks: SaveDisks;
    },
    made: MadeContainer,
  ) {
    this.#docker = dependencies.docker;
    this.#settings = dependencies.settings;
    this.#sessionId = dependencies.sessionId;
    this.#epoch = dependencies.epoch;
    this.#container = made.container;
    this.#volume = made.volume;
    this.#disks = made.disks;
    this.#makeDisks = dependencies.makeDisks;
    this.#releaseDisks = dependencies.releaseDisks;
    this.#saveDisks = dependencies.saveDisks;
  }

  get container(): Docker.Container {
    return this.#container;
  }

  /** Keeps a copy of its disks, as they are; in memory there is nothing to keep. It is paused meanwhile. */
  async saveDisks(name: string, about: AboutSnapshot): Promise<Outcome<void>> {
    if (!this.#disks) return succeeded(undefined);
    await this.pause();
    try {
      return await this.#saveDisks(this.#disks, name, about);
    } finally {
      await this.unpause().catch(() => undefined); // The next use finds out whether it is gone.
    }
  }

  /** The owner's epoch; 0 before the container has an owner. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the workspace was lost and nobody knows it yet. */
  get hasLostWorkspace(): boolean {
    return this.#hasLostWorkspace;
  }

  /** Whether the workspace was lost since the last call: it ends with the last container that has it. */
  takeLoss(): boolean {
    const hasLost = this.#hasLostWorkspace;
    this.#hasLostWorkspace = false;
    return hasLost;
  }

  /**
   * Asks Docker's list, because inspecting waits for the container's lock, which an exec holds until it has started: beside
   * a fork bomb too long. Unknown while Docker doesn't answer.
   */
  async readState(): Promise<ContainerState> {
    try {
      const filters = { id: [this.#container.id] };
      const [listed] = await this.#docker.listContainers({ all: true, filters });
      if (listed === undefined) return 'gone';
      return listed.State === 'running' || listed.State === 'paused' ? listed.State : 'ended';
    } catch {
      return 'unknown';
    }
  }

  isInUseBesides(ownExecId: string | undefined): Promise<boolean> {
    return isInUse(this.#container, ownExecId).catch(() => false); // The next use finds out whether it is gone.
  }

  /** Gives a container that was made ahead to a session. @returns false when it is gone */
  async assign({ sessionId, epoch }: ContainerOwner, name: string): Promise<boolean> {
    try {
      await this.#container.rename({ name });
      this.#sessionId = sessionId;
      this.#epoch = epoch;
      return true;
    } catch {
      return false;
    }
  }

  async pause(): Promise<void> {
    await this.#container.pause().catch(() => undefined); // The next use finds out whether it is gone.
  }

  async unpause(): Promise<void> {
    await this.#container.unpause();
  }

  /**
   * Starts a container that has ended; its workspace ended with it.
   * @throws also where it was on disk: its devices are gone, so only another container can have new ones
   */
  async restart(): Promise<void> {
    if (this.#disks) throw new Error('The disks of an ended container are gone.');
    await this.#container.start();
    this.#hasLostWorkspace = true;
  }

  /** `full`: nearly all processes that the container may have are taken. `busy`: and they run, as those of a fork bomb do. */
  async measureFullness(): Promise<'free' | 'full' | 'busy'> {
    const before = await this.measureUsage();
    if (!before.ok || before.value.processes < 0.9 * processesMax) return 'free';
    await setTimeout(busyWatchMs);
    const after = await this.measureUsage();
    if (!after.ok) return 'busy'; // Docker itself is too busy to measure.
    return after.value.cpuMs - before.value.cpuMs > busyWatchMs / 4 ? 'busy' : 'full';
  }

  /** Runs some work with the limit of processes raised, where a fork bomb has taken all that there are. */
  async withMoreProcesses<T>(work: () => Promise<T>): Promise<T> {
    await this.#container.update({ PidsLimit: processesMax + extraProcesses });
    try {
      return await work();
    } finally {
      await this.#container.update({ PidsLimit: processesMax });
    }
  }

  async measureUsage(): Promise<Outcome<ContainerUsage>> {
    try {
      const stats = await this.#container.stats({ stream: false, 'one-shot': true });
      return succeeded({
        cpuMs: Math.round((stats.cpu_stats.cpu_usage?.total_usage ?? 0) / 1e6),
        cpus: this.#settings.cpus,
        memoryBytes: memoryOf(stats.memory_stats),
        memoryBytesMax: this.#settings.memoryBytes,
        processes: stats.pids_stats?.current ?? 0,
      });
    } catch (error) {
      return failed('sandboxFailed', `Docker gave no figures: ${reasonOf(error)}`);
    }
  }

  /**
   * Starts another container on the same workspace, whose volume stays mounted because the old container goes last.
   * @throws when that can't be done; the session then still has its old container
   */
  async replace(): Promise<void> {
    const old = this.#container;
    const name = `${this.#settings.containerPrefix}${this.#sessionId}`;
    const state = await this.readState();
    const wasGone = state === 'gone';
    const hasEnded = wasGone || state === 'ended';
    const left = hasEnded && this.#disks ? await this.#takeNewVolumes() : [];
    if (!wasGone) await old.rename({ name: `${name}${replacedMark}${Date.now()}` });
    try {
      this.#container = await this.#startNew(name);
    } catch (error) {
      if (!wasGone) await old.rename({ name }).catch(() => undefined); // It is still found by its id.
      throw error;
    }
    this.#hasLostWorkspace ||= hasEnded;
    this.#removeReplaced(old, left);
  }

  #removeReplaced(old: Docker.Container, volumes: readonly string[] = []): void {
    this.#removing = old
      .remove(withItsVolumes)
      .catch(() => undefined) // The reaper removes what stays.
      .then(() => this.#removeVolumes(volumes));
  }

  /** @returns the volumes that nobody needs any more */
  async #takeNewVolumes(): Promise<string[]> {
    const left = this.#volumes;
    this.#disks = await this.#makeDisks();
    this.#volume = `${this.#settings.containerPrefix}${this.#sessionId}-${Date.now().toString(36)}`;
    return left;
  }

  get #volumes(): string[] {
    return this.#disks ? [this.#volume, homeVolumeOf(this.#volume)] : [this.#volume];
  }

  async #removeVolumes(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const volume = this.#docker.getVolume(name);
      await volume.remove({ force: true }).catch(() => undefined); // The reaper removes what stays.
    }
  }

  /** Whether commands are to be root of a namespace of their own. */
  get wantsRoot(): boolean {
    return this.#settings.user === 'namespace-root';
  }

  /** Whether a repository may ask for that image. */
  checkImage(image: string): Outcome<void> {
    return checkImage(image, this.#settings.devcontainerImages);
  }

  /** Starts a container of another image on the same workspace, beside the present one, which stays until that is decided. */
  async changeImage(image: string): Promise<Outcome<ImageChange>> {
    const [old, before, name] = [
      this.#container,
      this.#settings,
      `${this.#settings.containerPrefix}${this.#sessionId}`,
    ];
    const goBack = async () => {
      const tried = this.#container;
      this.#settings = before;
      this.#container = old;
      if (tried !== old) await tried.remove(withItsVolumes).catch(() => undefined); // The reaper removes what stays.
      await old.rename({ name }).catch(() => undefined); // It is still found by its id.
    };
    try {
      await old.rename({ name: `${name}${replacedMark}${Date.now()}` });
      this.#settings = { ...before, image };
      this.#container = await this.#startNew(name);
      const { Image: imageId, Mounts } = await this.#container.inspect();
      if (Mounts.every(({ Name }) => this.#volumes.includes(Name ?? '')))
        return succeeded({ imageId, goBack, keep: () => this.#removeReplaced(old) });
      await goBack();
      return failed('invalid', `The image ${image} isn't used: it has volumes, which nothing bounds.`);
    } catch (error) {
      await goBack();
      return failed('invalid', `The image ${image} isn't used: ${describeImageTrouble(error)}`);
    }
  }

  /** Replaces a container that an earlier start of the engine made on another network; the workspace stays. */
  async moveTo(network: string): Promise<void> {
    if (this.#settings.network === network) return;
    this.#settings = { ...this.#settings, network };
    await this.replace();
  }

  async remove(): Promise<void> {
    await this.#removing;
    await this.#container.remove(withItsVolumes).catch(() => undefined); // The reaper removes what stays.
    await this.#removeVolumes(this.#volumes);
  }

  async #startNew(name: string): Promise<Docker.Container> {
    const options = buildContainerOptions(this.#settings, this.#volume, this.#sessionId, this.#disks);
    const next = await this.#docker.createContainer({ ...options, name });
    try {
      await next.start();
      if (this.#disks) await this.#releaseDisks(this.#disks); // They are mounted now.
      return next;
    } catch (error) {
      await next.remove(withItsVolumes).catch(() => undefined); // The reaper removes what stays.
      throw error;
    }
  }
}

/** Volumes that an image has asked for have no names, and go with their container; ours stay. */
const withItsVolumes = { force: true, v: true };

/** Without what the kernel keeps of files only as long as nobody wants the room, as `docker stats` counts too. */
function memoryOf({ usage = 0, stats }: Docker.MemoryStats): number {
  const { total_inactive_file: inV1, inactive_file: inV2 } = (stats ?? {}) as Partial<Record<string, number>>;
  const inactive = inV1 ?? inV2 ?? 0;
  return inactive < usage ? usage - inactive : usage;
}

/** Whether another exec than one's own is in the container: the guest of another owner. @throws what dockerode throws */
export async function isInUse(container: Docker.Container, ownExecId?: string): Promise<boolean> {
  const { ExecIDs } = await container.inspect();
  return (ExecIDs ?? []).some((id) => id !== ownExecId);
}
