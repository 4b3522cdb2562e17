// Lets what concerns the same thing happen one after the other, and everything else side by side.

export class KeyedQueue {
  /** What was asked for last, by key. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Acts once all that came before with the same key is over, however it ended. */
  async run<Result>(key: string, act: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const result = Promise.allSettled([before]).then(act);
    this.#last.set(key, result);
    try {
      return await result;
    } finally {
      if (this.#last.get(key) === result) this.#last.delete(key);
    }
  }
}
