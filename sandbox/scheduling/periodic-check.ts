// Runs a check at once and then at an interval, never twice at the same time.

export type PeriodicCheckOptions = {
  intervalMs: number;
  runCheck(): Promise<void>;
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

  /** A check that is under way is not waited for: the next start finds what it misses. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Checks once, or joins the check that is under way. */
  checkNow(): Promise<void> {
    this.#underWay ??= this.#options
      .runCheck()
      .catch((error) => this.#options.onFailed(error))
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }
}
