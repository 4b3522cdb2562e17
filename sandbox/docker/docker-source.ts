// Opens Docker sandboxes for one host: the session's own container if it has one, a warm one, or a new one in the queue.
import type Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { AboutSnapshot, OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from '../sandbox-source.ts';
import { StartSlots } from '../scheduling/start-slots.ts';
import { ContainerPlace } from './container-place.ts';
import { buildContainerOptions, type DockerSettings, labels, readVolumes, warmSession } from './container-settings.ts';
import { mayBeUsed } from './devcontainer-images.ts';
import { DiskMaker, type MadeDisks } from './disks/disk-maker.ts';
import type { Disks } from './disks/disks.ts';
import { openDaemon } from './docker-client.ts';
import { type ClosedNetwork, ensureClosedNetwork } from './firewall/closed-network.ts';
import { GuestSandbox } from './guest-sandbox.ts';
import { type ContainerOwner, OwnedContainer } from './owned-container.ts';
import { startFailureOf } from './start-failure.ts';
import { WarmPool, type WarmSandbox } from './warm-pool.ts';

const describeMemory = (reason: string): string =>
  `The workspace is in memory, since no disk can be had for it: ${reason}.`;

const noAnswer = failed('sandboxFailed', 'Docker does not tell what a container is doing; try again.');

/** `restored`: the snapshot that its disks were made from; null for none. */
type StartedSandbox = WarmSandbox & { restored: AboutSnapshot | null | undefined };

export class DockerSource implements SandboxSource {
  readonly #docker: Docker;
  readonly #settings: DockerSettings;
  readonly #slots = new StartSlots();
  readonly #pool: WarmPool;
  readonly #disks: DiskMaker;
  #network: Promise<Outcome<ClosedNetwork>> | undefined;

  constructor(settings: DockerSettings, warmCount: number, docker: Docker = openDaemon(settings.daemon)) {
    this.#docker = docker;
    this.#settings = settings;
    this.#disks = new DiskMaker(docker, settings);
    this.#pool = new WarmPool(warmCount, () =>
      this.#makeSandbox({ sessionId: warmSession, epoch: 0 }, `${settings.containerPrefix}warm-${uuid()}`),
    );
    this.#pool.refill();
  }

  async open({ sessionId, epoch, mayExist, snapshot, onQueued }: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const owner = { sessionId, epoch };
    const own = mayExist ? await this.#findOwn(owner) : succeeded(undefined);
    if (!own.ok) return own;
    if (own.value) return succeeded({ sandbox: own.value, isFresh: false });
    if (snapshot !== undefined && (await this.#hasSnapshot(snapshot)))
      return this.#slots.run(() => this.#startFrom(owner, snapshot), onQueued);
    const warm = await this.#takeWarm(owner);
    if (warm) return succeeded({ sandbox: warm, isFresh: true });
    return this.#slots.run(() => this.#start(owner), onQueued);
  }

  /** One of another image doesn't count: what was installed in it may not fit. */
  async #hasSnapshot(name: string): Promise<boolean> {
    const { workspaceKind, workspaceBytes } = this.#settings;
    const found = workspaceKind === 'disk' ? await this.#disks.find(workspaceBytes, name) : undefined;
    return found !== undefined && found.image === (await this.#findImageId());
  }

  async #findImageId(): Promise<string | undefined> {
    const image = await this.#docker
      .getImage(this.#settings.image)
      .inspect()
      .catch(() => undefined); // Making a container says why.
    return image?.Id;
  }

  async #startFrom(owner: ContainerOwner, snapshot: string): Promise<Outcome<OpenedSandbox>> {
    const made = await this.#makeSandbox(owner, this.#nameOf(owner), snapshot);
    if (!made.ok) return made;
    const { sandbox, restored } = made.value;
    return succeeded({ sandbox, isFresh: true, restored: restored ?? undefined });
  }

  /** Starts a sandbox in its turn, unless one has become warm while the session waited. */
  async #start(owner: ContainerOwner): Promise<Outcome<OpenedSandbox>> {
    const warm = await this.#takeWarm(owner);
    if (warm) return succeeded({ sandbox: warm, isFresh: true });
    const made = await this.#makeSandbox(owner, this.#nameOf(owner));
    return made.ok ? succeeded({ sandbox: made.value.sandbox, isFresh: true }) : made;
  }

  async remove({ sessionId }: SandboxOwner): Promise<void> {
    const owner = { sessionId, epoch: 0 };
    const left = await this.#findContainer(owner, this.#nameOf(owner));
    await left?.remove();
  }

  /**
   * Says when the container that a session has here was made; undefined where it has none.
   * @throws what dockerode throws
   */
  async findMadeAt({ sessionId }: SandboxOwner): Promise<number | undefined> {
    const found = await this.#inspect(this.#nameOf({ sessionId, epoch: 0 }));
    return found && Date.parse(found.Created);
  }

  /** How many sessions would get a warm sandbox now. */
  get warmCount(): number {
    return this.#pool.readyCount;
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.#disks.close();
  }

  #nameOf({ sessionId }: ContainerOwner): string {
    return `${this.#settings.containerPrefix}${sessionId}`;
  }

  /** Takes a warm sandbox; those that have ended meanwhile are passed over. */
  async #takeWarm(owner: ContainerOwner): Promise<GuestSandbox | undefined> {
    for (let warm = this.#pool.take(); warm; warm = this.#pool.take()) {
      const isOurs = warm.sandbox.isWarm && (await warm.owned.assign(owner, this.#nameOf(owner)));
      this.#pool.refill(); // Making another one earlier would slow this one down.
      if (isOurs) return warm.sandbox;
      warm.sandbox.close().catch(() => undefined); // The reaper finds what stays.
    }
    return undefined;
  }

  /** Finds the container that an earlier activation left, by a passivation or a crash. One that has ended holds nothing. */
  async #findOwn(owner: ContainerOwner): Promise<Outcome<GuestSandbox | undefined>> {
    try {
      const owned = await this.#findContainer(owner, this.#nameOf(owner));
      const state = await owned?.readState();
      if (!owned || state === 'gone') return succeeded(undefined);
      if (state === 'unknown') return noAnswer;
      if (state === 'ended') {
        await owned.remove();
        return succeeded(undefined);
      }
      const network = await this.#ensureNetwork();
      if (!network.ok) return network;
      await owned.moveTo(network.value.id);
      return succeeded(new GuestSandbox(new ContainerPlace(owned)));
    } catch (error) {
      return { ok: false, failure: startFailureOf(error, this.#settings) };
    }
  }

  /** Tries a second time where an earlier try left something of that name, the network is gone, or its disks can't be mounted. */
  async #makeSandbox(owner: ContainerOwner, name: string, snapshot?: string): Promise<Outcome<StartedSandbox>> {
    try {
      return await this.#makeSandboxOnce(owner, name, snapshot).catch(async (error) => {
        if (!(await this.#removeObstacle(error, owner, name))) throw error;
        return this.#makeSandboxOnce(owner, name, snapshot);
      });
    } catch (error) {
      return { ok: false, failure: startFailureOf(error, this.#settings) };
    }
  }

  /** @throws what dockerode throws */
  async #makeSandboxOnce(
    owner: ContainerOwner,
    name: string,
    snapshot: string | undefined,
  ): Promise<Outcome<StartedSandbox>> {
    const network = await this.#ensureNetwork();
    if (!network.ok) return network;
    const settings = { ...this.#settings, network: network.value.id };
    const made = await this.#makeDisks(snapshot);
    const disks = made.ok ? made.value?.disks : undefined;
    const options = buildContainerOptions(settings, name, owner.sessionId, disks);
    const container = await this.#docker.createContainer(options);
    const owned = new OwnedContainer({ ...this.#dependenciesOf(owner), settings }, { container, volume: name, disks });
    try {
      await container.start().finally(() => disks && this.#disks.letGo(disks)); // They are mounted now, or not needed.
      const sandbox = new GuestSandbox(
        new ContainerPlace(owned),
        made.ok ? undefined : describeMemory(made.failure.detail),
      );
      const warmed = await sandbox.warmUp();
      if (warmed.ok) return succeeded({ sandbox, owned, restored: made.ok ? made.value?.snapshot : undefined });
      await owned.remove();
      return warmed;
    } catch (error) {
      await owned.remove();
      throw error;
    }
  }

  /** @returns nothing where workspaces are to be in memory; a failure where no disk can be had */
  async #makeDisks(snapshot?: string): Promise<Outcome<MadeDisks | undefined>> {
    const { workspaceKind, workspaceBytes } = this.#settings;
    return workspaceKind === 'memory' ? succeeded(undefined) : this.#disks.make(workspaceBytes, snapshot);
  }

  #dependenciesOf(owner: ContainerOwner) {
    const makeDisks = async () => {
      const made = await this.#makeDisks();
      return made.ok ? made.value?.disks : undefined;
    };
    const { sessionId, epoch } = owner;
    const saveDisks = async (disks: Disks, name: string, about: AboutSnapshot) => {
      const image = await this.#findImageId();
      return image === undefined ? noAnswer : this.#disks.save(disks, name, { ...about, image });
    };
    const releaseDisks = (disks: Disks) => this.#disks.letGo(disks);
    return { docker: this.#docker, sessionId, epoch, makeDisks, releaseDisks, saveDisks };
  }

  /** Every container of this host is on one network, and none is started before that is closed. */
  async #ensureNetwork(): Promise<Outcome<ClosedNetwork>> {
    this.#network ??= ensureClosedNetwork(this.#docker, this.#settings);
    const network = await this.#network;
    if (!network.ok) this.#network = undefined;
    return network;
  }

  async #removeObstacle(error: unknown, owner: ContainerOwner, name: string): Promise<boolean> {
    const { statusCode } = error as { statusCode?: number };
    if (reasonOf(error).includes('/dev/loop')) {
      this.#disks.noteFailure(`Docker can't mount it (${reasonOf(error)})`);
      return true;
    }
    if (statusCode === 404 && reasonOf(error).includes('network')) {
      this.#network = undefined;
      return true;
    }
    const left = statusCode === 409 ? await this.#findContainer(owner, name) : undefined;
    await left?.remove();
    return left !== undefined;
  }

  /**
   * Finds the container of a name, and leaves one alone that isn't this engine's, nor one that it shares with others.
   * @throws what dockerode throws: what a daemon has that doesn't answer isn't known
   */
  async #findContainer(owner: ContainerOwner, name: string): Promise<OwnedContainer | undefined> {
    const found = await this.#inspect(name);
    if (!found) return undefined;
    const { volume = name, disks } = readVolumes(found.HostConfig.Mounts ?? []);
    const { devcontainerImages, image: ownImage } = this.#settings;
    const image = mayBeUsed(found.Config.Image, devcontainerImages) ? found.Config.Image : ownImage;
    const settings = { ...this.#settings, image, network: found.HostConfig.NetworkMode };
    const made = { container: this.#docker.getContainer(found.Id), volume, disks };
    return new OwnedContainer({ ...this.#dependenciesOf(owner), settings }, made);
  }

  async #inspect(name: string): Promise<Docker.ContainerInspectInfo | undefined> {
    const found = await this.#docker
      .getContainer(name)
      .inspect()
      .catch((error) => {
        if ((error as { statusCode?: number }).statusCode === 404) return undefined;
        throw error;
      });
    return this.#isOwn(found?.Config.Labels) ? found : undefined;
  }

  /** A session's id is nobody else's, so its name alone tells where engines that share daemons had containers apart before. */
  #isOwn(found: Record<string, string> = {}): boolean {
    const { engineId, formerOwners = [] } = this.#settings;
    const owner = found[labels.engine] ?? '';
    if (owner === engineId) return true;
    return formerOwners === 'any' ? found[labels.managed] === 'true' : formerOwners.includes(owner);
  }
}
