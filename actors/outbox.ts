// What one host has to store: gathered for at most one turn of the event loop, posted together, counted until committed.
import { limits } from '../schema/limits.ts';
import type { Write } from '../schema/thread.ts';
import { bytesOf } from './write-bytes.ts';

export class Outbox {
  readonly #post: (writes: Write[]) => void;
  #gathered: Write[] = [];
  #uncommittedBytes = 0;
  /** How large each uncommitted write is, oldest first: persistence settles them in the order they were handed in. */
  readonly #sizes: number[] = [];
  #waiting: (() => void)[] = [];

  /** @param post hands an array on to persistence; called once per turn of the event loop, or sooner when much is gathered */
  constructor(post: (writes: Write[]) => void) {
    this.#post = post;
  }

  /** Writes handed in whose COMMIT has not been heard of. */
  get uncommitted(): number {
    return this.#sizes.length;
  }

  /** While full, the host takes no commands and agents wait before their next step: what they began goes in all the same. */
  get isFull(): boolean {
    return this.uncommitted >= limits.outboxWritesMax || this.#uncommittedBytes >= limits.outboxBytesMax;
  }

  add(write: Write): void {
    const bytes = bytesOf(write);
    this.#sizes.push(bytes);
    this.#uncommittedBytes += bytes;
    const gathered = this.#gathered.push(write);
    if (gathered >= limits.outboxPostWritesMax) this.#flush();
    else if (gathered === 1) setImmediate(() => this.#flush());
  }

  /** Persistence is done with this many writes: committed, refused or fenced. */
  settled(writes: number): void {
    for (const bytes of this.#sizes.splice(0, writes)) this.#uncommittedBytes -= bytes;
    this.#release();
  }

  /** Resolves when there is room. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when everything handed in so far, and since, is settled. */
  async empty(): Promise<void> {
    while (this.uncommitted > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #flush(): void {
    if (this.#gathered.length === 0) return;
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
