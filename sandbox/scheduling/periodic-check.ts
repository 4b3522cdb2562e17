// Runs a check at once and then at an interval, never twice at the same time.

export type PeriodicCheckOptions = {
  intervalMs: number;
  sweepNow(): Promise<void>;
  onFailed(error: unknown): void;
};

export class PeriodicCheck {
  readonly #options: PeriodicCheckOptions;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;

  constructor(options: PeriodicCheckOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.checkNow(), this.#options.intervalMs);
    this.#timer.unref();
    void this.checkNow();
  }

  /** A check that is under way is not waited for: what it misses, the next start finds. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Checks once; joins the check that is under way, if there is one. */
  checkNow(): Promise<void> {
    this.#underWay ??= this.#options
      .sweepNow()
      .catch((error) => this.#options.onFailed(error))
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }
}
