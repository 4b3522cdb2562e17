// Tells a session's clients how the workspace looks after it changed: at most once a second, never stored.

/** At most one `file_tree` frame a session in this time. */
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

  /** Sends now, or as soon as the last one is a second old; changes until then go along. */
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
