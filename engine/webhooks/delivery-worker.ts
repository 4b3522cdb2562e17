// Goes round: tells the queue what is due, takes streams from it, and has them delivered, so many at a time and no more.
import type { Log } from '../log.ts';
import { deliverStream, type StreamDependencies } from './deliver-stream.ts';
import type { DeliveryQueue, TakenStream } from './delivery-queue.ts';
import { dueRowsMax } from './queries/queue-due.ts';

/** Streams of this engine that are delivered at once: each is a connection to somewhere, and little else. */
const streamsMax = 128;
/** A round without anything to do; what this engine stores itself wakes it at once. */
const roundIntervalMs = 1_000;
/** While PostgreSQL is away. */
const troubleIntervalMs = 5_000;
const sweepIntervalMs = 300_000;

export type WorkerDependencies = Omit<StreamDependencies, 'log' | 'ending'> & {
  queue: Pick<DeliveryQueue, 'put' | 'take' | 'finish' | 'giveBack'>;
  log: Pick<Log, 'warn'>;
};

export class DeliveryWorker {
  readonly #dependencies: WorkerDependencies;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #waking = Promise.withResolvers<void>();
  #sweptAtMs = Number.NEGATIVE_INFINITY;
  #isTroubled = false;

  constructor(dependencies: WorkerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Something may be due. */
  wake(): void {
    this.#waking.resolve();
  }

  /** What was begun is given back to the queue. */
  end(): void {
    this.#ending.abort();
    this.wake();
  }

  /** Until it is ended. */
  async run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#waking = Promise.withResolvers();
      const pauseMs = await this.#goRound().catch((error) => this.#noteTrouble(error));
      if (pauseMs > 0) await this.#waitForWake(pauseMs);
    }
    await Promise.all(this.#running);
  }

  async #waitForWake(msMax: number): Promise<void> {
    const timer = setTimeout(() => this.wake(), msMax);
    await this.#waking.promise;
    clearTimeout(timer);
  }

  /** @returns how long to wait for the next one */
  async #goRound(): Promise<number> {
    const { store, queue, now } = this.#dependencies;
    const nowMs = now();
    const due = await store.findDue(nowMs);
    if (due.length > 0) {
      await queue.put([...new Map(due.map((one) => [`${one.webhookId}/${one.stream}`, one])).values()]);
      await store.noteQueued(due, nowMs);
    }
    const free = streamsMax - this.#running.size;
    if (free > 0) for (const taken of await queue.take(free)) this.#begin(taken);
    if (nowMs - this.#sweptAtMs >= sweepIntervalMs) {
      this.#sweptAtMs = nowMs;
      await store.sweep(nowMs);
    }
    this.#isTroubled = false;
    return due.length >= dueRowsMax ? 0 : roundIntervalMs;
  }

  #begin(taken: TakenStream): void {
    const running = this.#deliver(taken).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  async #deliver(taken: TakenStream): Promise<void> {
    const { queue } = this.#dependencies;
    try {
      await deliverStream(taken, { ...this.#dependencies, ending: this.#ending.signal });
      await (this.#ending.signal.aborted ? queue.giveBack(taken.jobId) : queue.finish(taken.jobId));
    } catch (error) {
      this.#noteTrouble(error); // The queue gives it to somebody again, after its time.
    }
  }

  /** Said once, until a round goes well again. */
  #noteTrouble(error: unknown): number {
    if (!this.#isTroubled) this.#dependencies.log.warn('webhooks.failed', { reason: reasonOf(error) });
    this.#isTroubled = true;
    return troubleIntervalMs;
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
