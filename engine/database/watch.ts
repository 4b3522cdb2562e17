// Knows whether PostgreSQL answers, asked in the background so that no request waits for it.
import type { DatabasePool } from 'slonik';
import { limits } from '../../schema/limits.ts';
import { isReachable } from './server.ts';

export class DatabaseWatch {
  readonly #pool: DatabasePool;
  readonly #timer: NodeJS.Timeout;
  #isAsking = false;
  isAnswering = true;

  constructor(pool: DatabasePool) {
    this.#pool = pool;
    this.#timer = setInterval(() => void this.#ask(), limits.databaseProbeIntervalMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One question at a time: one that hangs means no as soon as the next is due. */
  async #ask(): Promise<void> {
    if (this.#isAsking) {
      this.isAnswering = false;
      return;
    }
    this.#isAsking = true;
    this.isAnswering = await isReachable(this.#pool);
    this.#isAsking = false;
  }
}
