// Runs acts with the same key one after the other, and all others side by side.

export class KeyedQueue {
  /** The last act of each key. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `act` once all earlier acts with the same key are over, however they ended. */
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
