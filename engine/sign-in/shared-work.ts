// Work that is asked for again while it is under way, and done once.

export class SharedWork<Result> {
  /** As many as requests that wait. */
  readonly #going = new Map<string, Promise<Result>>();

  /** Who asks while work of the same key is under way waits for its result. */
  do(key: string, work: () => Promise<Result>): Promise<Result> {
    const going = this.#going.get(key);
    if (going) return going;
    const begun = work().finally(() => this.#going.delete(key));
    this.#going.set(key, begun);
    return begun;
  }
}
