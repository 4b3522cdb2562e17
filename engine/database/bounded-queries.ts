// The main thread's queries in bounded time, also while PostgreSQL is away or never answers.
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { DatabaseAwayError, isAway, runOnConnection } from '../../actors/persistence/database-pool.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { DatabaseWatch } from './database-watch.ts';

/** How long a query may take; reading a chat of 10,000 messages takes a second. */
export const databaseReadTimeoutMs = 8_000;

/** The queries of `History`, which return rows. */
export type ReadQueries = Pick<CommonQueryMethods, 'any' | 'anyFirst' | 'maybeOne' | 'one'>;
/** The queries of `DirectWrites`. */
export type WriteQueries = Pick<CommonQueryMethods, 'exists' | 'maybeOne' | 'query'>;

/** @throws DatabaseAwayError when PostgreSQL is away or silent, within seconds */
export function boundQueries(pool: DatabasePool, watch: DatabaseWatch): ReadQueries & WriteQueries {
  const ask = <T>(work: (connection: CommonQueryMethods) => Promise<T>): Promise<T> =>
    watch.runWhileAnswering(() => runInTime(pool, work)).catch(rethrowAway);
  return {
    any: (query) => ask((connection) => connection.any(query)),
    anyFirst: (query) => ask((connection) => connection.anyFirst(query)),
    exists: (query) => ask((connection) => connection.exists(query)),
    maybeOne: (query) => ask((connection) => connection.maybeOne(query)),
    one: (query) => ask((connection) => connection.one(query)),
    query: (query) => ask((connection) => connection.query(query)),
  };
}

/** The wait for a connection counts, since slow reads may have all of them; what nobody waits for any more isn't begun. */
async function runInTime<T>(pool: DatabasePool, work: (connection: CommonQueryMethods) => Promise<T>): Promise<T> {
  let isGivenUp = false;
  const running = runOnConnection(pool, databaseReadTimeoutMs, async (connection) => {
    if (isGivenUp) throw tooLate();
    return { rows: await work(connection) };
  });
  const result = await waitWithin(running, databaseReadTimeoutMs);
  if (typeof result === 'object') return result.rows;
  isGivenUp = true;
  running.catch(() => undefined); // Whoever asked has been told.
  throw tooLate();
}

const tooLate = () => new DatabaseAwayError(`PostgreSQL did not answer in ${databaseReadTimeoutMs} ms.`);

/** Callers have to tell PostgreSQL being away, which passes, from a fault of the engine. */
function rethrowAway(error: unknown): never {
  if (error instanceof DatabaseAwayError || !isAway(error)) throw error;
  throw new DatabaseAwayError(reasonOf(error), { cause: error });
}
