// Docker sandboxes for one host: the session's own if it has one, a warm one, or a cold start in the queue.
import type Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { workspace } from '../sandbox.ts';
import type { OpenedSandbox, SandboxRequest, SandboxSource } from '../source.ts';
import { StartSlots } from '../start-slots.ts';
import { OwnedContainer, startFailureOf } from './container.ts';
import { openDocker } from './daemon.ts';
import { DockerSandbox } from './docker.ts';
import { ensureNetwork } from './network.ts';
import { containerOptions, type DockerSettings, labels, warmSession } from './settings.ts';
import { type Warm, WarmPool } from './warm-pool.ts';

export class DockerSource implements SandboxSource {
  readonly #docker: Docker;
  readonly #settings: DockerSettings;
  readonly #slots = new StartSlots();
  readonly #warm: WarmPool;

  constructor(settings: DockerSettings, warm: number, docker: Docker = openDocker()) {
    this.#docker = docker;
    this.#settings = settings;
    this.#warm = new WarmPool(warm, () => this.#make(warmSession, `${settings.containerPrefix}warm-${uuid()}`));
    this.#warm.refill();
  }

  async open({ sessionId, mayExist, onQueued }: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const own = mayExist ? await this.#find(sessionId) : undefined;
    if (own) return succeeded({ sandbox: own, isFresh: false });
    const warm = await this.#takeWarm(sessionId);
    if (warm) return succeeded({ sandbox: warm, isFresh: true });
    const made = await this.#slots.run(() => this.#make(sessionId, this.#nameOf(sessionId)), onQueued);
    return made.ok ? succeeded({ sandbox: made.value.sandbox, isFresh: true }) : made;
  }

  close(): Promise<void> {
    return this.#warm.close();
  }

  #nameOf(sessionId: string): string {
    return `${this.#settings.containerPrefix}${sessionId}`;
  }

  /** One that was made ahead; those that have ended meanwhile are passed over. */
  async #takeWarm(sessionId: string): Promise<DockerSandbox | undefined> {
    for (let warm = this.#warm.take(); warm; warm = this.#warm.take()) {
      const isOurs = warm.sandbox.isWarm && (await warm.owned.assign(sessionId, this.#nameOf(sessionId)));
      if (isOurs) return warm.sandbox;
      void warm.sandbox.close();
    }
    return undefined;
  }

  /** A container that an earlier activation left, by a passivation or a crash. One that has ended holds nothing. */
  async #find(sessionId: string): Promise<DockerSandbox | undefined> {
    const name = this.#nameOf(sessionId);
    const found = await this.#docker
      .getContainer(name)
      .inspect()
      .catch(() => undefined);
    if (found?.Config.Labels[labels.engine] !== this.#settings.engineId) return undefined;
    const volume = found.Mounts.find((mount) => mount.Destination === workspace)?.Name ?? name;
    const owned = this.#owned(sessionId, { container: this.#docker.getContainer(found.Id), volume });
    if (found.State.Running) return new DockerSandbox(owned);
    await owned.remove();
    return undefined;
  }

  async #make(sessionId: string, name: string): Promise<Outcome<Warm>> {
    let owned: OwnedContainer | undefined;
    try {
      await ensureNetwork(this.#docker, this.#settings);
      const container = await this.#docker.createContainer(containerOptions(this.#settings, name, sessionId));
      owned = this.#owned(sessionId, { container, volume: name });
      await container.start();
      const sandbox = new DockerSandbox(owned);
      const isUp = await sandbox.warmUp();
      if (isUp.ok) return succeeded({ sandbox, owned });
      await owned.remove();
      return isUp;
    } catch (error) {
      await owned?.remove();
      return failed('sandboxFailed', startFailureOf(error, this.#settings.image));
    }
  }

  #owned(sessionId: string, made: ConstructorParameters<typeof OwnedContainer>[1]): OwnedContainer {
    return new OwnedContainer({ docker: this.#docker, settings: this.#settings, sessionId }, made);
  }
}
