// How much each of many may do in a while: one count a key, in windows, with as many keys at once as there is room for.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** `forgetsOldest`: whether a new key takes the oldest one's place where there is no room, or is refused. */
export type KeyedBudgetOptions = { pointsMax: number; windowMs: number; keysMax: number; forgetsOldest?: boolean };

/** Why nothing may be done now, and in how many milliseconds it may. */
export type Spent = { by: 'key' | 'others'; retryAfterMs: number };

/** One that counts here alone, or over several engines. */
export type Budget = {
  /** @returns undefined where there was a point left */
  take(key: string): Promise<Spent | undefined> | Spent | undefined;
};

/** @param name the same at all engines */
export type OpenBudget = (name: string, options: KeyedBudgetOptions) => Budget;

export const openOwnBudget: OpenBudget = (_, options) => new KeyedBudget(options);

class KeyedBudget implements Budget {
  readonly #options: KeyedBudgetOptions;
  readonly #limiter: RateLimiterMemory;
  /** Keys whose window is open, the oldest first, as many as the limiter has records of. */
  readonly #closings = new Map<string, NodeJS.Timeout>();

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
    const { keysMax, windowMs, forgetsOldest } = this.#options;
    this.#close(key); // The limiter may have ended its window a moment before.
    if (this.#closings.size >= keysMax) {
      const [leaving = key] = forgetsOldest ? this.#closings.keys() : [key];
      void this.#limiter.delete(leaving);
      if (leaving === key) return { by: 'others', retryAfterMs: windowMs };
      this.#close(leaving);
    }
    this.#closings.set(key, setTimeout(() => this.#closings.delete(key), windowMs).unref());
    return undefined;
  }

  #close(key: string): void {
    clearTimeout(this.#closings.get(key));
    this.#closings.delete(key);
  }
}
