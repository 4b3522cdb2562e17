// Turns a thrown error into a failure that a client can be told: PostgreSQL is away, or the engine has a bug.
import { DatabaseAwayError } from '../../actors/persistence/database-pool.ts';
import { failed } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { Log } from '../log.ts';
import { databaseAway } from '../sessions/refusals.ts';

/** Logs everything but an absence of PostgreSQL as a bug. */
export function convertThrown(error: unknown, log: Log, where: string) {
  const reason = reasonOf(error);
  if (error instanceof DatabaseAwayError) {
    log.debug('database.error', { where, reason }); // `DatabaseState` logs once that PostgreSQL is away.
    return databaseAway;
  }
  log.error('request.bug', { where, reason, stack: error instanceof Error ? (error.stack ?? null) : null });
  return failed('internal', 'The engine made a mistake. It has been logged.');
}
