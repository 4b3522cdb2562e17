// What one host has to store: gathered while the event loop turns once, posted together, counted until committed.
import { limits } from '../schema/limits.ts';
import type { Write } from '../schema/thread.ts';

export class Outbox {
  readonly #post: (writes: Write[]) => void;
  #gathered: Write[] = [];
  #uncommitted = 0;
  #waiting: (() => void)[] = [];

  /** @param post hands an array on to persistence; called at most once per turn of the event loop */
  constructor(post: (writes: Write[]) => void) {
    this.#post = post;
  }

  /** Writes handed in whose COMMIT has not been heard of. */
  get uncommitted(): number {
    return this.#uncommitted;
  }

  /** While full, the host takes nothing from its mailboxes and agents wait before their next step. */
  get isFull(): boolean {
    return this.#uncommitted >= limits.outboxWritesMax;
  }

  add(write: Write): void {
    this.#uncommitted++;
    if (this.#gathered.push(write) === 1) setImmediate(() => this.#flush());
  }

  /** Persistence is done with this many writes: committed, refused or fenced. */
  settled(writes: number): void {
    this.#uncommitted -= writes;
    this.#release();
  }

  /** Resolves when there is room. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when everything handed in so far, and since, is settled. */
  async empty(): Promise<void> {
    while (this.#uncommitted > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #flush(): void {
    const writes = this.#gathered;
    this.#gathered = [];
    this.#post(writes);
  }

  #release(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
