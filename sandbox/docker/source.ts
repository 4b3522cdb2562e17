// Docker sandboxes for one host: the session's own if it has one, a warm one, or a cold start in the queue.
import Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { workspace } from '../sandbox.ts';
import type { OpenedSandbox, SandboxRequest, SandboxSource } from '../source.ts';
import { StartSlots } from '../start-slots.ts';
import { OwnedContainer } from './container.ts';
import { DockerSandbox, reasonOf } from './docker.ts';
import { containerOptions, type DockerSettings, labels, ownNetwork, warmSession } from './settings.ts';
import { WarmPool } from './warm-pool.ts';

export class DockerSource implements SandboxSource {
  readonly #docker: Docker;
  readonly #settings: DockerSettings;
  readonly #slots = new StartSlots();
  readonly #warm: WarmPool;
  #network: Promise<void> | undefined;

  constructor(settings: DockerSettings, warm: number, docker: Docker = new Docker()) {
    this.#docker = docker;
    this.#settings = settings;
    this.#warm = new WarmPool(warm, () => this.#make(warmSession, `${settings.containerPrefix}warm-${uuid()}`));
    this.#warm.refill();
  }

  async open({ sessionId, mayExist, onQueued }: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const own = mayExist ? await this.#find(sessionId) : undefined;
    if (own) return succeeded({ sandbox: own, isFresh: false });
    const warm = this.#warm.take();
    if (warm) {
      const isNamed = await warm.owned.assign(sessionId, this.#nameOf(sessionId));
      if (isNamed) return succeeded({ sandbox: warm.sandbox, isFresh: true });
      await warm.sandbox.close();
    }
    const made = await this.#slots.run(() => this.#make(sessionId, this.#nameOf(sessionId)), onQueued);
    return made.ok ? succeeded({ sandbox: made.value.sandbox, isFresh: true }) : made;
  }

  close(): Promise<void> {
    return this.#warm.close();
  }

  #nameOf(sessionId: string): string {
    return `${this.#settings.containerPrefix}${sessionId}`;
  }

  /** A container that an earlier activation left, by a passivation or a crash. */
  async #find(sessionId: string): Promise<DockerSandbox | undefined> {
    const container = this.#docker.getContainer(this.#nameOf(sessionId));
    const found = await container.inspect().catch(() => undefined);
    if (found?.Config.Labels[labels.engine] !== this.#settings.engineId) return undefined;
    const volume = found.Mounts.find((mount) => mount.Destination === workspace)?.Name ?? this.#nameOf(sessionId);
    const byId = this.#docker.getContainer(found.Id);
    return new DockerSandbox(this.#owned(sessionId, { container: byId, volume, mayBePaused: true }));
  }

  async #make(sessionId: string, name: string): Promise<Outcome<{ sandbox: DockerSandbox; owned: OwnedContainer }>> {
    try {
      await this.#ensureNetwork();
      const container = await this.#docker.createContainer(containerOptions(this.#settings, name, sessionId));
      const owned = this.#owned(sessionId, { container, volume: name, mayBePaused: false });
      const sandbox = new DockerSandbox(owned);
      await container.start();
      const isUp = await sandbox.warmUp();
      if (isUp.ok) return succeeded({ sandbox, owned });
      await sandbox.close();
      return isUp;
    } catch (error) {
      return failed('sandboxFailed', this.#sentenceOf(error));
    }
  }

  #owned(sessionId: string, made: ConstructorParameters<typeof OwnedContainer>[1]): OwnedContainer {
    return new OwnedContainer({ docker: this.#docker, settings: this.#settings, sessionId }, made);
  }

  /** Our own network, on which containers reach the world but not each other. */
  #ensureNetwork(): Promise<void> {
    const { network, engineId } = this.#settings;
    if (network !== undefined) return Promise.resolve();
    this.#network ??= this.#createNetwork(ownNetwork(engineId), engineId).catch((error) => {
      this.#network = undefined;
      throw error;
    });
    return this.#network;
  }

  async #createNetwork(name: string, engineId: string): Promise<void> {
    const exists = await this.#docker
      .getNetwork(name)
      .inspect()
      .then(
        () => true,
        () => false,
      );
    if (exists) return;
    await this.#docker
      .createNetwork({
        Name: name,
        CheckDuplicate: true,
        Labels: { [labels.managed]: 'true', [labels.engine]: engineId },
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      })
      .catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 409) throw error; // Another host made it in this moment.
      });
  }

  #sentenceOf(error: unknown): string {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (statusCode === 404 && reasonOf(error).includes('image'))
      return `The sandbox image "${this.#settings.image}" is not there; make it with "npm run sandbox:build".`;
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EACCES')
      return `Docker does not answer (${code}); start it, or set SANDBOX to "local".`;
    return `The sandbox could not be started: ${reasonOf(error)}`;
  }
}
