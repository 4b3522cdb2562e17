// Tells a session's clients how the workspace looks after it changed: at most once a second, never stored.
import { limits } from '../../schema/limits.ts';

export class FileTreeFeed {
  readonly #send: () => Promise<void>;
  readonly #now: () => number;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @param send reads the tree and sends it; must not throw */
  constructor(send: () => Promise<void>, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  /** Sends now, or as soon as the last one is a second old; changes until then go along. */
  changed(): void {
    if (this.#timer) return;
    const waitMs = this.#sentAtMs + limits.fileTreeIntervalMs - this.#now();
    if (waitMs <= 0) return this.#sendNow();
    this.#timer = setTimeout(() => this.#sendNow(), waitMs);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sendNow(): void {
    this.#timer = undefined;
    this.#sentAtMs = this.#now();
    void this.#send();
  }
}
