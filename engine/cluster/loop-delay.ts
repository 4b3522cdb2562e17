// How late this engine's event loop is, as the timer of the cluster's ticks finds it.

export class LoopDelay {
  readonly #intervalMs: number;
  #beforeMs: number | undefined;
  #latestMs = 0;
  #atMostMs = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** To be called by the timer. */
  note(nowMs: number): void {
    if (this.#beforeMs !== undefined)
      this.#latestMs = Math.max(this.#latestMs, Math.round(nowMs - this.#beforeMs - this.#intervalMs));
    this.#beforeMs = nowMs;
  }

  /** The longest delay of the last second that has passed and of this one. */
  get atMostMs(): number {
    return Math.max(this.#atMostMs, this.#latestMs);
  }

  /** To be called every second. */
  forgetOld(): void {
    this.#atMostMs = this.#latestMs;
    this.#latestMs = 0;
  }
}
