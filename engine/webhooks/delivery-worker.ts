// Goes round: tells the queue what is due, takes streams from it, and has them delivered, so many at a time and no more.
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { Log } from '../log.ts';
import { deliverStream, type StreamDependencies } from './deliver-stream.ts';
import type { DeliveryQueue, TakenStream } from './delivery-queue.ts';
import { countFree, type Pace, paces } from './pace.ts';
import { dueRowsMax } from './queries/queue-due.ts';

/** A round without anything to do; what this engine stores itself wakes it at once. */
const roundIntervalMs = 1_000;
/** While PostgreSQL is away. */
const troubleIntervalMs = 5_000;
const sweepIntervalMs = 300_000;

export type WorkerDependencies = Omit<StreamDependencies, 'log' | 'ending'> & {
  queue: Pick<DeliveryQueue, 'put' | 'take' | 'finish' | 'giveBack'>;
  log: Pick<Log, 'warn'>;
  /** Below what the queue allows: `turnMsMax`. */
  turnMsMax: number;
};

export class DeliveryWorker {
  readonly #dependencies: WorkerDependencies;
  readonly #ending = new AbortController();
  readonly #running = new Map<Promise<void>, { pace: Pace; sinceMs: number }>();
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
    await Promise.all(this.#running.keys());
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
    for (const pace of paces) {
      const free = countFree(pace, this.#running.values(), performance.now());
      if (free > 0) for (const taken of await queue.take(pace, free)) this.#begin(taken, pace);
    }
    if (nowMs - this.#sweptAtMs >= sweepIntervalMs) {
      this.#sweptAtMs = nowMs;
      await store.sweep(nowMs);
    }
    this.#isTroubled = false;
    return due.length >= dueRowsMax ? 0 : roundIntervalMs;
  }

  #begin(taken: TakenStream, pace: Pace): void {
    const running = this.#deliver(taken).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.set(running, { pace, sinceMs: performance.now() });
  }

  /** What isn't finished here the queue gives to somebody again, after its time. */
  async #deliver(taken: TakenStream): Promise<void> {
    const { queue, log, turnMsMax } = this.#dependencies;
    const late = new AbortController();
    const ending = AbortSignal.any([this.#ending.signal, late.signal]);
    try {
      const delivered = await waitWithin(deliverStream(taken, { ...this.#dependencies, ending }), turnMsMax);
      if (delivered === 'late') {
        late.abort();
        return log.warn('webhooks.stuck', { webhook: taken.webhookId, session: taken.stream });
      }
      await (this.#ending.signal.aborted ? queue.giveBack(taken.jobId) : queue.finish(taken.jobId));
    } catch (error) {
      this.#noteTrouble(error);
    }
  }

  /** Said once, until a round goes well again. */
  #noteTrouble(error: unknown): number {
    if (!this.#isTroubled) this.#dependencies.log.warn('webhooks.failed', { reason: reasonOf(error) });
    this.#isTroubled = true;
    return troubleIntervalMs;
  }
}
