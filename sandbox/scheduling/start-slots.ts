// Starts a bounded number of sandboxes at once; the others wait in a bounded queue and know their place in it.
import { failed, type Outcome } from '../../schema/error.ts';

/** Containers that one host starts at once: more only slow each other (8 at once took 1,060 ms, one 220 ms). */
const sandboxStartsMax = 4;
/** Sessions of one host that may wait for a sandbox. */
export const sandboxQueueMax = 200;

type Waiter = { begin(): void; onQueued(position: number): void };

export class StartSlots {
  readonly #slots: number;
  readonly #queue: Waiter[] = [];
  #taken = 0;

  constructor(slots: number = sandboxStartsMax) {
    this.#slots = slots;
  }

  get isBusy(): boolean {
    return this.#taken >= this.#slots;
  }

  /** Runs the start when its turn comes; `overloaded` when too many wait. `onQueued` gets each place, and 0 at the turn. */
  async run<T>(start: () => Promise<Outcome<T>>, onQueued: (position: number) => void): Promise<Outcome<T>> {
    if (this.isBusy) {
      if (this.#queue.length >= sandboxQueueMax)
        return failed('overloaded', 'Too many sessions wait for a sandbox.', { retryAfterMs: 5_000 });
      await new Promise<void>((begin) => {
        this.#queue.push({ begin, onQueued });
        onQueued(this.#queue.length);
      });
      onQueued(0);
    } else this.#taken++;
    try {
      return await start();
    } finally {
      this.#startNext();
    }
  }

  /** Gives the slot to the next in the queue, if there is one. */
  #startNext(): void {
    const next = this.#queue.shift();
    if (!next) {
      this.#taken--;
      return;
    }
    next.begin();
    this.#queue.forEach((waiter, at) => {
      waiter.onQueued(at + 1);
    });
  }
}
