// A reading that costs something, taken again only when the last one is too old, and once for all who ask meanwhile.

export class RecentReading<Value> {
  readonly #read: () => Promise<Value>;
  readonly #ageMsMax: number;
  readonly #now: () => number;
  #last: { value: Promise<Value>; takenAtMs: number } | undefined;

  constructor(read: () => Promise<Value>, ageMsMax: number, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#ageMsMax = ageMsMax;
    this.#now = now;
  }

  /** The age counts from the end of a reading, so that slow ones don't follow each other without a pause. */
  take(): Promise<Value> {
    if (this.#last && this.#now() - this.#last.takenAtMs < this.#ageMsMax) return this.#last.value;
    const last = { value: this.#read(), takenAtMs: Number.POSITIVE_INFINITY };
    this.#last = last;
    const noteEnd = () => {
      last.takenAtMs = this.#now();
    };
    last.value.then(noteEnd, noteEnd);
    return last.value;
  }
}
