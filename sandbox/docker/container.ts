// One session's container and workspace volume: made, found again, paused, replaced, removed.
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { SandboxUsage } from '../sandbox.ts';
import { containerOptions, type DockerSettings } from './settings.ts';

export class OwnedContainer {
  readonly #docker: Docker;
  readonly #settings: DockerSettings;
  #sessionId: string;
  /** The volume keeps the name it was made with, whatever its container is called. */
  readonly #volume: string;
  #container: Docker.Container;
  #mayBePaused: boolean;

  constructor(
    parts: { docker: Docker; settings: DockerSettings; sessionId: string },
    made: { container: Docker.Container; volume: string; mayBePaused: boolean },
  ) {
    this.#docker = parts.docker;
    this.#settings = parts.settings;
    this.#sessionId = parts.sessionId;
    this.#container = made.container;
    this.#volume = made.volume;
    this.#mayBePaused = made.mayBePaused;
  }

  /** @throws when the daemon is away or the container is gone */
  async running(): Promise<Docker.Container> {
    if (this.#mayBePaused) {
      const { State } = await this.#container.inspect();
      if (State.Paused) await this.#container.unpause();
      else if (!State.Running) await this.#container.start();
      this.#mayBePaused = false;
    }
    return this.#container;
  }

  /** A container that was made ahead becomes a session's. @returns false when it is gone */
  async assign(sessionId: string, name: string): Promise<boolean> {
    this.#sessionId = sessionId;
    return this.#container.rename({ name }).then(
      () => true,
      () => false,
    );
  }

  async pause(): Promise<void> {
    this.#mayBePaused = true;
    await this.#container.pause().catch(() => undefined); // Gone or stopped already: the next use finds out.
  }

  async usage(): Promise<Outcome<SandboxUsage>> {
    try {
      const stats = await this.#container.stats({ stream: false, 'one-shot': true });
      return succeeded({
        memoryBytes: stats.memory_stats.usage ?? 0,
        cpuMs: Math.round((stats.cpu_stats.cpu_usage?.total_usage ?? 0) / 1e6),
        processes: stats.pids_stats?.current ?? 0,
      });
    } catch (error) {
      return failed(
        'sandboxFailed',
        `Docker gave no figures: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** A new container on the same workspace; the volume stays mounted because the old one goes last. */
  async replace(): Promise<boolean> {
    const old = this.#container;
    const name = `${this.#settings.containerPrefix}${this.#sessionId}`;
    try {
      await old.rename({ name: `${name}-replaced-${Date.now()}` });
      const options = containerOptions(this.#settings, this.#volume, this.#sessionId);
      const next = await this.#docker.createContainer({ ...options, name });
      await next.start();
      this.#container = next;
      return true;
    } catch {
      return false; // The daemon is away: the caller says that the sandbox failed.
    } finally {
      await old.remove({ force: true }).catch(() => undefined); // The reaper finds what couldn't be removed now.
    }
  }

  async remove(): Promise<void> {
    await this.#container.remove({ force: true }).catch(() => undefined); // Likewise.
    await this.#docker
      .getVolume(this.#volume)
      .remove({ force: true })
      .catch(() => undefined);
  }
}
