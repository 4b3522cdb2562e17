// What each of many may do in a while over all engines: each counts what it lets through, and is told what the others did.
// What was let through too much before that is paid back, so that in the long run the limit holds.
import type { Budget, KeyedBudgetOptions, Spent } from '../server/keyed-budget.ts';

export type SharedBudgetOptions = KeyedBudgetOptions & {
  /** Milliseconds of a clock that only goes on. */
  now(): number;
};

/** Points that were left at a time; below 0 what is to be paid back. */
type Level = { points: number; atMs: number };

/** Debts of so many windows at the most: those of a burst at as many engines at once. */
const debtWindowsMax = 100;

export class SharedBudget implements Budget {
  readonly #options: SharedBudgetOptions;
  /** Whoever isn't here has all points. Those who were here longest come first. */
  readonly #levels = new Map<string, Level>();
  #untold = new Map<string, number>();

  constructor(options: SharedBudgetOptions) {
    this.#options = options;
  }

  take(key: string): Spent | undefined {
    const { forgetsOldest, windowMs, pointsMax } = this.#options;
    const points = this.#pointsOf(key);
    if (points < 1) return { by: 'key', retryAfterMs: Math.max(1, Math.ceil(((1 - points) * windowMs) / pointsMax)) };
    if (!this.#hasRoomFor(key)) {
      // Strangers bring as many keys as they like: each must not have all others looked at.
      if (forgetsOldest) this.#levels.delete(this.#levels.keys().next().value ?? key);
      else this.forgetFull();
      if (!this.#hasRoomFor(key)) return { by: 'others', retryAfterMs: windowMs };
    }
    this.#set(key, points - 1);
    this.#untold.set(key, (this.#untold.get(key) ?? 0) + 1);
    return undefined;
  }

  /** Another engine has let so much through. */
  note(key: string, points: number): void {
    const { pointsMax } = this.#options;
    if (!this.#hasRoomFor(key)) return;
    this.#set(key, Math.max(this.#pointsOf(key) - points, -pointsMax * debtWindowsMax));
  }

  /** What was let through since this was asked last. */
  listUntold(): [string, number][] {
    if (this.#untold.size === 0) return [];
    const untold = [...this.#untold];
    this.#untold = new Map();
    return untold;
  }

  /** To be called now and then. */
  forgetFull(): void {
    for (const key of this.#levels.keys()) if (this.#pointsOf(key) >= this.#options.pointsMax) this.#levels.delete(key);
  }

  #hasRoomFor(key: string): boolean {
    return this.#levels.size < this.#options.keysMax || this.#levels.has(key);
  }

  #pointsOf(key: string): number {
    const { pointsMax, windowMs, now } = this.#options;
    const level = this.#levels.get(key);
    if (!level) return pointsMax;
    return Math.min(pointsMax, level.points + ((now() - level.atMs) * pointsMax) / windowMs);
  }

  #set(key: string, points: number): void {
    this.#levels.set(key, { points, atMs: this.#options.now() });
  }
}
