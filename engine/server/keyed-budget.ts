// How much each of many may do in a while: one count a key, in windows, with as many keys at once as there is room for.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export type KeyedBudgetOptions = { pointsMax: number; windowMs: number; keysMax: number };

/** Why nothing may be done now, and in how many milliseconds it may. */
export type Spent = { by: 'key' | 'others'; retryAfterMs: number };

export class KeyedBudget {
  readonly #options: KeyedBudgetOptions;
  readonly #limiter: RateLimiterMemory;
  /** Keys whose window is open, as many as the limiter has records of. */
  #keys = 0;

  constructor(options: KeyedBudgetOptions) {
    this.#options = options;
    this.#limiter = new RateLimiterMemory({ points: options.pointsMax, duration: options.windowMs / 1_000 });
  }

  /** Calls are answered in the order in which they were made. @returns undefined where there was a point left */
  async take(key: string): Promise<Spent | undefined> {
    try {
      const { isFirstInDuration } = await this.#limiter.consume(key);
      return isFirstInDuration ? this.#countKey(key) : undefined;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return { by: 'key', retryAfterMs: Math.max(1, Math.ceil(refusal.msBeforeNext)) };
    }
  }

  /** Keys are counted here, since the limiter doesn't bound its records. */
  #countKey(key: string): Spent | undefined {
    const { keysMax, windowMs } = this.#options;
    if (this.#keys >= keysMax) {
      void this.#limiter.delete(key);
      return { by: 'others', retryAfterMs: windowMs };
    }
    this.#keys++;
    setTimeout(() => this.#keys--, windowMs).unref();
    return undefined;
  }
}
