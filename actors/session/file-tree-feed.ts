// Tells a session's clients how the workspace looks after it changed: at most once a second, never stored.

export const fileTreeIntervalMs = 1_000;

export class FileTreeFeed {
  readonly #sendTree: () => Promise<void>;
  readonly #now: () => number;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @param send reads the tree and sends it; must not throw */
  constructor(send: () => Promise<void>, now: () => number) {
    this.#sendTree = send;
    this.#now = now;
  }

  /** Sends the tree now, or when the last one is a second old, with all changes until then. */
  scheduleTree(): void {
    if (this.#timer) return;
    const waitMs = this.#sentAtMs + fileTreeIntervalMs - this.#now();
    if (waitMs <= 0) return this.#sendTreeNow();
    this.#timer = setTimeout(() => this.#sendTreeNow(), waitMs);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sendTreeNow(): void {
    this.#timer = undefined;
    this.#sentAtMs = this.#now();
    void this.#sendTree();
  }
}
