// Reads of stored events in turns: few at once, so that every other query finds a connection, and users one after the other.

/** Part of the pool's connections that read events, at least one: with more of them, a crowd that returns holds everybody up. */
const readersShare = 0.4;

export const readersMaxOf = (connectionsMax: number): number => Math.max(1, Math.floor(connectionsMax * readersShare));

/** Begins a read that has waited. */
type Begin = () => void;

/** What waits needs no limit of its own: each connection has one read at a time, and connections are bounded. */
export class ReadTurns {
  readonly #readersMax: number;
  /** The reads that wait, oldest first; the user whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Begin>>();
  #readers = 0;

  constructor(readersMax: number) {
    this.#readersMax = readersMax;
  }

  /**
   * Reads once the user's turn has come.
   * @param leaving ends the waiting
   * @returns undefined where the waiting was ended
   */
  take<T>(user: string, read: () => Promise<T>): Promise<T>;
  take<T>(user: string, read: () => Promise<T>, leaving: AbortSignal): Promise<T | undefined>;
  async take<T>(user: string, read: () => Promise<T>, leaving?: AbortSignal): Promise<T | undefined> {
    if (!(await this.#waitForTurn(user, leaving))) return undefined;
    try {
      return await read();
    } finally {
      this.#readers--;
      this.#beginNext();
    }
  }

  /** @returns whether the turn has come; the reader is counted by then */
  #waitForTurn(user: string, leaving: AbortSignal | undefined): Promise<boolean> {
    if (leaving?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const leave = () => {
        this.#remove(user, begin);
        resolve(false);
      };
      const begin = () => {
        leaving?.removeEventListener('abort', leave);
        resolve(true);
      };
      leaving?.addEventListener('abort', leave, { once: true });
      const reads = this.#waiting.get(user);
      if (reads) reads.add(begin);
      else this.#waiting.set(user, new Set([begin]));
      this.#beginNext();
    });
  }

  #beginNext(): void {
    if (this.#readers >= this.#readersMax) return;
    const [next] = this.#waiting;
    if (!next) return;
    const [user, reads] = next;
    const [begin] = reads;
    if (!begin) return;
    this.#remove(user, begin);
    this.#moveBehindOthers(user);
    this.#readers++;
    begin();
  }

  #moveBehindOthers(user: string): void {
    const reads = this.#waiting.get(user);
    if (!reads) return;
    this.#waiting.delete(user);
    this.#waiting.set(user, reads);
  }

  #remove(user: string, begin: Begin): void {
    const reads = this.#waiting.get(user);
    reads?.delete(begin);
    if (reads?.size === 0) this.#waiting.delete(user);
  }
}
