// Asks `/health` again and again from a thread of its own, so that the suite's own load doesn't count as the engine's.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** `failures` are requests without an answer of 200. */
export type Probed = { latenciesMs: number[]; failures: number };

const intervalMs = 100;
const timeoutMs = 10_000;

export class Probe {
  readonly #worker: Worker;

  constructor(http: string) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: `${http}/health` });
  }

  async end(): Promise<Probed> {
    this.#worker.postMessage('end');
    const [probed] = (await once(this.#worker, 'message')) as [Probed];
    await this.#worker.terminate();
    return probed;
  }
}

if (!isMainThread && typeof workerData === 'string') void probeHealth(workerData);

async function probeHealth(url: string): Promise<void> {
  const probed: Probed = { latenciesMs: [], failures: 0 };
  let isOver = false;
  parentPort?.once('message', () => {
    isOver = true;
  });
  while (!isOver) {
    const askedAtMs = performance.now();
    const status = await askOnce(url);
    const tookMs = performance.now() - askedAtMs;
    probed.latenciesMs.push(tookMs);
    if (status !== 200) probed.failures++;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, intervalMs - tookMs)));
  }
  parentPort?.postMessage(probed);
}

/** @returns 0 where there was no answer */
async function askOnce(url: string): Promise<number> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
