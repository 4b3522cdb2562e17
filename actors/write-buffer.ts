// What one host has to store: gathered for at most one turn of the event loop, posted together, counted until committed.
import type { Write } from '../schema/thread.ts';
import { bytesOf } from './write-bytes.ts';

/** Rows that one host has handed on and that PostgreSQL has not committed yet. */
export const bufferedWritesMax = 20_000;
/** Bytes of them: what a host may hold in memory while PostgreSQL is away, besides the steps that agents had begun. */
export const bufferedBytesMax = 64 * 1024 * 1024;
/** Rows that a host gathers before it hands them on, though it is still busy: so PostgreSQL works meanwhile (measured). */
export const postedWritesMax = 256;

export class WriteBuffer {
  readonly #post: (writes: Write[]) => void;
  #gathered: Write[] = [];
  #uncommittedBytes = 0;
  /** The size of each uncommitted write, oldest first: persistence settles them in the order in which they were added. */
  readonly #uncommittedSizes: number[] = [];
  #waiting: (() => void)[] = [];

  /** @param post hands an array on to persistence; called once per turn of the event loop, or sooner when much is gathered */
  constructor(post: (writes: Write[]) => void) {
    this.#post = post;
  }

  /** Writes whose COMMIT has not been reported yet. */
  get uncommittedCount(): number {
    return this.#uncommittedSizes.length;
  }

  /** While it is full, the host takes no commands and agents wait before their next step; what a step has begun is added all the same. */
  get isFull(): boolean {
    return this.uncommittedCount >= bufferedWritesMax || this.#uncommittedBytes >= bufferedBytesMax;
  }

  addWrite(write: Write): void {
    const bytes = bytesOf(write);
    this.#uncommittedSizes.push(bytes);
    this.#uncommittedBytes += bytes;
    const gathered = this.#gathered.push(write);
    if (gathered >= postedWritesMax) this.#postGathered();
    else if (gathered === 1) setImmediate(() => this.#postGathered());
  }

  /** Persistence is done with this many writes: committed, refused or fenced. */
  settleWrites(writes: number): void {
    for (const bytes of this.#uncommittedSizes.splice(0, writes)) this.#uncommittedBytes -= bytes;
    this.#wakeWaiting();
  }

  /** Resolves when there is room. */
  async waitForRoom(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when nothing is uncommitted any more. */
  async waitUntilEmpty(): Promise<void> {
    while (this.uncommittedCount > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #postGathered(): void {
    if (this.#gathered.length === 0) return;
    const writes = this.#gathered;
    this.#gathered = [];
    this.#post(writes);
  }

  #wakeWaiting(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
