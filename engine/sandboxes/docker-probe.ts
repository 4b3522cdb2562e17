// Asks in the background whether a Docker daemon answers, so that no request waits for it.
import type Docker from 'dockerode';
import type { Log } from '../log.ts';

const intervalMs = 30_000;
const timeoutMs = 3_000;

export class DockerProbe {
  readonly #log: Log;
  #docker: Docker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAvailable: boolean | undefined;

  constructor(log: Log) {
    this.#log = log;
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
    this.#docker ??= await openClient();
    const isAvailable = await this.#docker.ping().then(
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
