// Asks in the background whether a Docker daemon answers, so that no request waits for it.
import type Docker from 'dockerode';
import { openDaemon } from '../../sandbox/docker/docker-client.ts';
import type { DaemonConfig } from '../../schema/thread.ts';
import type { Log } from '../log.ts';

const intervalMs = 30_000;
const timeoutMs = 3_000;

export class DockerProbe {
  readonly #log: Log;
  readonly #daemons: readonly DaemonConfig[] | undefined;
  #dockers: readonly Docker[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAvailable: boolean | undefined;

  /** @param daemons of a pool, of which one has to answer; absent for the engine's own daemon */
  constructor(log: Log, daemons?: readonly DaemonConfig[]) {
    this.#log = log;
    this.#daemons = daemons;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#probe(), intervalMs);
    this.#timer.unref();
    void this.#probe();
  }

  /** Whether the daemon answered the last probe; false before the first answer. */
  get isAvailable(): boolean {
    return this.#isAvailable ?? false;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #probe(): Promise<void> {
    this.#dockers ??= this.#daemons?.map((daemon) => openDaemon(daemon)) ?? [await openClient()];
    const isAvailable = await Promise.any(this.#dockers.map((docker) => docker.ping())).then(
      () => true,
      () => false,
    );
    if (isAvailable !== this.#isAvailable) this.#log.info('docker.probed', { isAvailable });
    this.#isAvailable = isAvailable;
  }
}

/** Loads the package only now, since a start needn't wait for its tenth of a second of CPU. */
async function openClient(): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  return new Client({ timeout: timeoutMs });
}
