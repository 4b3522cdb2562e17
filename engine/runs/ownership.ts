// What this engine does with the ownership of sessions beside activating them: it buries dead runs, claims and gives away.
import type { DatabasePool, DatabasePoolConnection } from 'slonik';
import { runOnConnection } from '../../actors/persistence/database-pool.ts';
import { type Claim, claimSession } from '../../actors/persistence/queries/claim-session.ts';
import { limits } from '../../schema/limits.ts';
import { buryRun } from '../database/queries/bury-run.ts';
import { selectRestingSessions } from '../database/queries/select-resting-sessions.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import { type EngineRun, runSilenceMs } from './engine-run.ts';

export type OwnershipDependencies = {
  pool: DatabasePool;
  run: Pick<EngineRun, 'id' | 'mayDeclareDead'>;
  persistence: Pick<Supervisor, 'giveSessions'>;
};

export class Ownership {
  readonly #dependencies: OwnershipDependencies;

  constructor(dependencies: OwnershipDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes a session this run's, unless another living run has it: one that is silent is buried first. To activate it claims
   * it again, which does no harm.
   */
  async claim(sessionId: string): Promise<Claim> {
    const claim = await this.#claimFree(sessionId);
    if (claim.kind !== 'ownedElsewhere' || !(await this.bury(claim.runId))) return claim;
    return this.#claimFree(sessionId);
  }

  /**
   * Declares a run dead that is silent, so that its sessions may be claimed; an engine that was out of touch with PostgreSQL
   * itself lately buries nobody.
   * @returns whether the run is dead by this
   */
  async bury(runId: string): Promise<boolean> {
    const { run } = this.#dependencies;
    if (runId === run.id || !run.mayDeclareDead) return false;
    const buried = await this.#query((connection) => connection.maybeOne(buryRun(runId, runSilenceMs)));
    return buried !== null;
  }

  /**
   * Makes sessions nobody's, behind all their writes. They must not be in memory here any more.
   * @returns those that were this run's
   */
  give(sessionIds: readonly string[]): Promise<readonly string[]> {
    return this.#dependencies.persistence.giveSessions(sessionIds);
  }

  /**
   * Gives away what rests and is in no host's memory, before the run ends.
   * @param isHere whether a session may be in memory; its host gives it away
   */
  async giveResting(isHere: (sessionId: string) => boolean, ending: AbortSignal): Promise<void> {
    const { run } = this.#dependencies;
    for (let after = ''; !ending.aborted; ) {
      const page = { after, limit: limits.pageRowsMax };
      const resting = await this.#query((connection) => connection.anyFirst(selectRestingSessions(run.id, page)));
      const last = resting.at(-1);
      if (last === undefined) return;
      after = last;
      const given = resting.filter((sessionId) => !isHere(sessionId));
      if (given.length > 0 && !ending.aborted) await this.give(given);
    }
  }

  #claimFree(sessionId: string): Promise<Claim> {
    return this.#query((connection) => claimSession(connection, sessionId, this.#dependencies.run.id));
  }

  #query<T>(work: (connection: DatabasePoolConnection) => Promise<T>): Promise<T> {
    return runOnConnection(this.#dependencies.pool, limits.databaseSilenceTimeoutMs, work);
  }
}
