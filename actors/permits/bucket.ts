// One limit of a provider as it fills again: what is left at any time, by the provider's last word. Pure.
import type { LimitReading } from '../../schema/permits.ts';

export class Bucket {
  readonly #limit: number;
  readonly #remaining: number;
  readonly #readAtMs: number;
  readonly #fullInMs: number;

  constructor({ limit, remaining, fullInMs }: LimitReading, nowMs: number) {
    this.#limit = Math.max(limit, remaining);
    this.#remaining = remaining;
    this.#readAtMs = nowMs;
    this.#fullInMs = fullInMs;
  }

  /** What a request is counted as: one that is larger than the limit waits until all of it is there. */
  countNeed(need: number): number {
    return Math.min(need, this.#limit);
  }

  /** @returns when as much is there; at the time of the reading at the earliest */
  whenHas(amount: number): number {
    const missing = Math.min(amount, this.#limit) - this.#remaining;
    if (missing <= 0) return this.#readAtMs;
    return this.#readAtMs + (missing / (this.#limit - this.#remaining)) * this.#fullInMs;
  }
}
