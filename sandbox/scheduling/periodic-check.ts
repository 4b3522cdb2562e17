// Looks at something at once and then again and again, one look at a time.

export type PeriodicCheckOptions = {
  intervalMs: number;
  sweepNow(): Promise<void>;
  onFailed(error: unknown): void;
};

export class PeriodicCheck {
  readonly #parts: PeriodicCheckOptions;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;

  constructor(parts: PeriodicCheckOptions) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.checkNow(), this.#parts.intervalMs);
    this.#timer.unref();
    void this.checkNow();
  }

  /** A look that is under way is not waited for: what it misses, the next start finds. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks once; joins the look that is under way, if there is one. */
  checkNow(): Promise<void> {
    this.#underWay ??= this.#parts
      .sweepNow()
      .catch((error) => this.#parts.onFailed(error))
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }
}
