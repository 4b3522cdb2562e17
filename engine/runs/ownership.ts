// How this engine gives sessions away, so that any other may own them.
import type { DatabasePool, DatabasePoolConnection } from 'slonik';
import { runOnConnection } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import { type RestingSession, selectRestingSessions } from '../database/queries/select-resting-sessions.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { EngineRun } from './engine-run.ts';

export type OwnershipDependencies = {
  pool: DatabasePool;
  run: Pick<EngineRun, 'id'>;
  persistence: Pick<Supervisor, 'giveSessions'>;
};

export class Ownership {
  readonly #dependencies: OwnershipDependencies;
  /** Sessions that it has made nobody's. */
  given = 0;

  constructor(dependencies: OwnershipDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes sessions nobody's, behind all their writes. They must not be in memory here any more.
   * @returns those that were this run's, and weren't activated meanwhile
   */
  async give(sessions: readonly OwnedSession[]): Promise<readonly string[]> {
    const given = await this.#dependencies.persistence.giveSessions(
      sessions.map(({ sessionId, epoch }) => ({ sessionId, epoch })),
    );
    this.given += given.length;
    return given;
  }

  /**
   * Gives away what rests and is in no host's memory, before the run ends.
   * @param isHere whether a session may be in memory; its host gives it away
   */
  async giveResting(isHere: (sessionId: string) => boolean, ending: AbortSignal): Promise<void> {
    for (let after = ''; !ending.aborted; ) {
      const resting = await this.listResting({ after, limit: limits.pageRowsMax });
      const last = resting.at(-1);
      if (last === undefined) return;
      after = last.sessionId;
      const given = resting.filter(({ sessionId }) => !isHere(sessionId));
      if (given.length > 0 && !ending.aborted) await this.give(given);
    }
  }

  /** A page of its sessions that rest, in memory or not. */
  listResting(page: { after: string; limit: number }): Promise<readonly RestingSession[]> {
    const { run } = this.#dependencies;
    return this.#query((connection) => connection.any(selectRestingSessions(run.id, page)));
  }

  #query<T>(work: (connection: DatabasePoolConnection) => Promise<T>): Promise<T> {
    return runOnConnection(this.#dependencies.pool, limits.databaseSilenceTimeoutMs, work);
  }
}
