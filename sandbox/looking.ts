// Looks at something at once and then again and again, one look at a time.

export type LookingParts = {
  intervalMs: number;
  look(): Promise<void>;
  onFailed(error: unknown): void;
};

export class Looking {
  readonly #parts: LookingParts;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;

  constructor(parts: LookingParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#parts.intervalMs);
    this.#timer.unref();
    void this.look();
  }

  /** A look that is under way is not waited for: what it misses, the next start finds. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks once; joins the look that is under way, if there is one. */
  look(): Promise<void> {
    this.#underWay ??= this.#parts
      .look()
      .catch((error) => this.#parts.onFailed(error))
      .finally(() => {
        this.#underWay = undefined;
      });
    return this.#underWay;
  }
}
