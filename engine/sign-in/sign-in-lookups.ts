// Looks sign-ins up in PostgreSQL: what is asked for while one query is under way goes into the next, so that forged cookies
// cost one connection at the most.
import { DatabaseAwayError } from '../../actors/persistence/database-pool.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import { selectSignIns } from './queries/select-sign-ins.ts';
import type { SignIn } from './sign-in.ts';

/** Sign-ins that wait to be looked up, each a request that waits: as many as sockets. */
const waitingMax = 18_000;
/** Of one query. */
const hashesMax = 1_000;

type Found = SignIn | undefined;

export class SignInLookups {
  readonly #queries: Pick<ReadQueries, 'any'>;
  readonly #waiting = new Map<string, PromiseWithResolvers<Found>>();
  #isAsking = false;

  constructor(queries: Pick<ReadQueries, 'any'>) {
    this.#queries = queries;
  }

  /** @throws DatabaseAwayError where PostgreSQL is away, or too many are asked for at once */
  find(hash: string): Promise<Found> {
    const asked = this.#waiting.get(hash);
    if (asked) return asked.promise;
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(new DatabaseAwayError('Too many sign-ins are looked up at once.'));
    const waiting = Promise.withResolvers<Found>();
    this.#waiting.set(hash, waiting);
    if (!this.#isAsking) void this.#askForAll();
    return waiting.promise;
  }

  async #askForAll(): Promise<void> {
    this.#isAsking = true;
    await Promise.resolve(); // What is asked for in the same turn comes along.
    while (this.#waiting.size > 0) await this.#ask([...this.#waiting].slice(0, hashesMax));
    this.#isAsking = false;
  }

  async #ask(asked: [hash: string, waiting: PromiseWithResolvers<Found>][]): Promise<void> {
    for (const [hash] of asked) this.#waiting.delete(hash);
    try {
      const rows = await this.#queries.any(selectSignIns(asked.map(([hash]) => hash)));
      const byHash = new Map(rows.map((row) => [row.hash, row]));
      for (const [hash, waiting] of asked) waiting.resolve(byHash.get(hash));
    } catch (error) {
      for (const [, waiting] of asked) waiting.reject(error);
    }
  }
}
