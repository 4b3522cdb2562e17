// Docker for the engines of a test: a base path, which gives them an engine id of their own.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import { ownNetworkName } from '../../sandbox/docker/container-settings.ts';
import { docker, listLeft, removeAllOfEngine } from '../../sandbox/testing/docker-sandboxes.ts';

const prefix = 'lucid-sandbox-';

/** The variables of engines with small containers. */
export const dockerEnvironment: Readonly<Record<string, string>> = {
  SANDBOX: 'docker',
  SANDBOX_CONTAINER_PREFIX: prefix,
  SANDBOX_MEMORY_LIMIT: '384m',
  SANDBOX_WORKSPACE_LIMIT: '96m',
  SANDBOX_WARM: '0',
  HOST_THREADS: '1',
};

export class DockerBase {
  readonly #folder: string;
  readonly #readOwnerId: (() => Promise<string>) | undefined;
  /** The variables of the engines on this base path. */
  readonly environment: Record<string, string>;

  private constructor(folder: string, readOwnerId: (() => Promise<string>) | undefined) {
    this.#folder = folder;
    this.#readOwnerId = readOwnerId;
    this.environment = { ...dockerEnvironment, WORKSPACE_BASE_PATH: folder };
  }

  /** @param readOwnerId reads what the containers of engines carry that share them */
  static async create(readOwnerId?: () => Promise<string>): Promise<DockerBase> {
    return new DockerBase(await mkdtemp('/tmp/lucid-docker-base-'), readOwnerId);
  }

  /** The container's own id; undefined where there is none. */
  async findId(sessionId: string): Promise<string | undefined> {
    const found = await this.container(sessionId)
      .inspect()
      .catch(() => undefined);
    return found?.Id;
  }

  container(sessionId: string): Docker.Container {
    return docker.getContainer(`${prefix}${sessionId}`);
  }

  async isPaused(sessionId: string): Promise<boolean> {
    return (await this.container(sessionId).inspect()).State.Paused;
  }

  /** The engine doesn't know of the command. @returns what the command printed */
  async run(sessionId: string, command: string): Promise<string> {
    const options = { Cmd: ['bash', '-c', command], AttachStdout: true, Tty: true };
    const stream = await (await this.container(sessionId).exec(options)).start({});
    return (await stream.toArray()).join('');
  }

  /** @returns the names of containers and volumes, without the prefix */
  async listLeft(): Promise<string[]> {
    const names = await listLeft(await this.#engineId());
    return names.map((name) => name.replace(/^\//, '').slice(prefix.length)).sort();
  }

  /** @returns the names of warm containers */
  async listWarm(): Promise<string[]> {
    return [...new Set((await this.listLeft()).filter((name) => name.startsWith('warm-')))];
  }

  /** @returns the names of its engines' networks */
  async listNetworks(): Promise<string[]> {
    const listed = await docker.listNetworks({ filters: { name: [ownNetworkName(await this.#engineId())] } });
    return listed.map(({ Name }) => Name);
  }

  /** @returns the containers and volumes that were left to remove */
  async remove(): Promise<string[]> {
    const left = await this.listLeft();
    await removeAllOfEngine(await this.#engineId());
    await rm(this.#folder, { recursive: true });
    return left;
  }

  async #engineId(): Promise<string> {
    if (this.#readOwnerId) return this.#readOwnerId();
    return (await readFile(path.join(this.#folder, '.engine-id'), 'utf8')).trim();
  }
}
