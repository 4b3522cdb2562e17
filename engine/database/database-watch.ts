// Asks in the background whether PostgreSQL answers, and ends reads that would wait for it in vain.
import type { DatabasePool } from 'slonik';
import { DatabaseAwayError } from '../../actors/persistence/database-pool.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { limits } from '../../schema/limits.ts';
import { isReachable } from './server-settings.ts';

/** How often PostgreSQL is asked whether it answers; while it doesn't, more often. */
const databaseProbeIntervalMs = 2_000;
const databaseProbeAgainMs = 500;

export class DatabaseWatch {
  readonly #pool: DatabasePool;
  /** The waiting reads' rejections. */
  readonly #reads = new Set<(error: Error) => void>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  isAnswering = true;

  /** @param pool a connection of its own, since a probe on the reads' connections would wait behind slow ones */
  constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  /** @param onChange is called when PostgreSQL falls silent, and when it answers again */
  start(onChange: (isAnswering: boolean) => void): void {
    this.#probeIn(databaseProbeIntervalMs, onChange);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** @throws DatabaseAwayError as soon as it is known that PostgreSQL does not answer */
  async runWhileAnswering<T>(read: () => Promise<T>): Promise<T> {
    if (!this.isAnswering) throw new DatabaseAwayError('PostgreSQL does not answer.');
    const away = Promise.withResolvers<never>();
    this.#reads.add(away.reject);
    try {
      return await Promise.race([read(), away.promise]);
    } finally {
      this.#reads.delete(away.reject);
    }
  }

  #probeIn(waitMs: number, onChange: (isAnswering: boolean) => void): void {
    this.#timer = setTimeout(() => void this.#probe(onChange), waitMs).unref();
  }

  async #probe(onChange: (isAnswering: boolean) => void): Promise<void> {
    const isAnswering = (await waitWithin(isReachable(this.#pool), limits.databaseProbeTimeoutMs)) === true;
    if (this.#isClosed) return;
    const hasChanged = isAnswering !== this.isAnswering;
    this.isAnswering = isAnswering;
    if (!isAnswering) for (const end of this.#reads) end(new DatabaseAwayError('PostgreSQL does not answer.'));
    if (hasChanged) onChange(isAnswering);
    this.#probeIn(isAnswering ? databaseProbeIntervalMs : databaseProbeAgainMs, onChange);
  }
}
