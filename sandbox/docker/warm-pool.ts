// Keeps containers that are made ahead of need: each is used once, and another is made in its place.
import type { Outcome } from '../../schema/error.ts';
import type { GuestSandbox } from './guest-sandbox.ts';
import type { OwnedContainer } from './owned-container.ts';

/** Warm containers that are made at once, in the background of real starts. */
export const warmStartsMax = 2;
export const warmRetryMs = 10_000;

export type WarmSandbox = { sandbox: GuestSandbox; owned: OwnedContainer };

export class WarmPool {
  readonly #size: number;
  readonly #make: () => Promise<Outcome<WarmSandbox>>;
  #ready: WarmSandbox[] = [];
  #making = new Set<Promise<void>>();
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;

  /** @param size how many to keep ready; 0 turns the pool off */
  constructor(size: number, make: () => Promise<Outcome<WarmSandbox>>) {
    this.#size = size;
    this.#make = make;
  }

  /** How many sandboxes could be taken now. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** The caller calls `refill` once its sandbox is ready: making another slows that down. */
  take(): WarmSandbox | undefined {
    return this.#ready.shift();
  }

  /** Makes as many sandboxes as are missing, a bounded number at once. */
  refill(): void {
    while (
      !this.#isClosed &&
      this.#ready.length + this.#making.size < this.#size &&
      this.#making.size < warmStartsMax
    ) {
      const making = this.#makeOne().finally(() => this.#making.delete(making));
      this.#making.add(making);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await Promise.all(this.#making);
    const ready = this.#ready;
    this.#ready = [];
    await Promise.all(ready.map(({ sandbox }) => sandbox.close()));
  }

  async #makeOne(): Promise<void> {
    const warm = await this.#make();
    if (warm.ok && !this.#isClosed) {
      this.#ready.push(warm.value);
      setImmediate(() => this.refill());
    } else if (warm.ok) await warm.value.sandbox.close();
    else this.#retryLater();
  }

  /** The failure isn't reported here: a session that needs a sandbox meets it itself. */
  #retryLater(): void {
    clearTimeout(this.#retry);
    if (!this.#isClosed) this.#retry = setTimeout(() => this.refill(), warmRetryMs);
    this.#retry?.unref();
  }
}
