// Tries once for each image whether commands in containers are root of a namespace, as the operator wants it.
import type Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import { DockerSource } from '../../sandbox/docker/docker-source.ts';
import type { DockerConfig } from '../../schema/thread.ts';

export class RootTrial {
  readonly #docker: Docker;
  readonly #settings: DockerConfig;
  #triedImageId: string | undefined;
  #problem: string | undefined;

  constructor(docker: Docker, settings: DockerConfig) {
    this.#docker = docker;
    this.#settings = settings;
  }

  /** Why sessions' commands are not root, as their first status says too; undefined where they are, or it isn't wanted. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Opens a sandbox as a session would, and removes it. What prevents that is the next look's to say.
   * @returns what is new to be told
   * @throws what dockerode throws
   */
  async tryOnce(): Promise<string | undefined> {
    if (this.#settings.user !== 'namespace-root') return undefined;
    const { Id } = await this.#docker.getImage(this.#settings.image).inspect();
    if (Id === this.#triedImageId) return undefined;
    const source = new DockerSource(this.#settings, 0, this.#docker);
    try {
      const owner = { sessionId: uuid(), userId: '' };
      const opened = await source.open({ ...owner, epoch: 1, mayExist: false, onQueued: () => undefined });
      if (!opened.ok) return undefined;
      const { sandbox } = opened.value;
      const isRoot = sandbox.isRoot === true;
      const { warning } = sandbox;
      await sandbox.close();
      this.#triedImageId = Id;
      this.#problem = isRoot ? undefined : warning;
      return this.#problem && `SANDBOX_USER is "namespace-root", but: ${this.#problem}`;
    } finally {
      await source.close();
    }
  }
}
