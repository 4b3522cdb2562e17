// Whether a Docker daemon answers, asked in the background so that no request waits for it.
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

  /** As of the last probe; false until the first one is back. */
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

/** Loading it takes a tenth of a second of CPU, which a start doesn't wait for. */
async function openClient(): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  return new Client({ timeout: timeoutMs });
}
