// Whether a Docker daemon answers, asked in the background so that no request waits for it.
import Docker from 'dockerode';
import type { Log } from './log.ts';

const intervalMs = 30_000;
const timeoutMs = 3_000;

export class DockerProbe {
  readonly #docker = new Docker({ timeout: timeoutMs });
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isAvailable: boolean | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.#timer = setInterval(() => void this.#probe(), intervalMs);
    this.#timer.unref();
    void this.#probe();
  }

  /** As of the last probe; false until the first one is back. */
  get isAvailable(): boolean {
    return this.#isAvailable ?? false;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #probe(): Promise<void> {
    const isAvailable = await this.#docker.ping().then(
      () => true,
      () => false,
    );
    if (isAvailable !== this.#isAvailable) this.#log.info('docker.probed', { isAvailable });
    this.#isAvailable = isAvailable;
  }
}
