// The gateway's queries in bounded time: none waits for a PostgreSQL that is away, or for an answer that never comes.
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { DatabaseAwayError, isAway, runOnConnection } from '../../actors/persistence/database-pool.ts';
import type { DatabaseWatch } from './database-watch.ts';

/** A read of the gateway; a whole chat of 10,000 messages takes a second. */
const databaseReadTimeoutMs = 8_000;

/** What `History` asks with. */
export type Reads = Pick<CommonQueryMethods, 'any' | 'anyFirst' | 'exists' | 'maybeOne' | 'one' | 'query'>;

/** @throws DatabaseAwayError when PostgreSQL is away or silent, within seconds */
export function boundedReads(pool: DatabasePool, watch: DatabaseWatch): Reads {
  const read = <T>(work: (connection: CommonQueryMethods) => Promise<T>): Promise<T> =>
    watch.runWhileAnswering(() => runOnConnection(pool, databaseReadTimeoutMs, work)).catch(rethrown);
  return {
    any: (query) => read((connection) => connection.any(query)),
    anyFirst: (query) => read((connection) => connection.anyFirst(query)),
    exists: (query) => read((connection) => connection.exists(query)),
    maybeOne: (query) => read((connection) => connection.maybeOne(query)),
    one: (query) => read((connection) => connection.one(query)),
    query: (query) => read((connection) => connection.query(query)),
  };
}

/** Whoever asked has to know two things apart: PostgreSQL away, which passes, and a mistake of ours. */
function rethrown(error: unknown): never {
  if (error instanceof DatabaseAwayError || !isAway(error)) throw error;
  throw new DatabaseAwayError(error instanceof Error ? error.message : String(error), { cause: error });
}
