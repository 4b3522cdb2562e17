// Looks up in PostgreSQL who owns sessions: all that are asked for within a moment with one query.
import { type Failure, failed } from '../../schema/error.ts';
import { hasEnded } from '../../schema/session.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import { type Owned, selectOwners } from '../database/queries/select-owners.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import { databaseAway } from '../sessions/refusals.ts';

/** Sessions of one query: a few milliseconds. */
const batchMax = 1_000;

export type OwnersDependencies = {
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
};

export type Owner =
  /** This engine has it. */
  | { kind: 'mine'; session: Owned }
  /** Nobody alive has it. */
  | { kind: 'nobody'; session: Owned }
  | { kind: 'elsewhere'; bootId: string; session: Owned }
  /** It has ended: its rows alone are left. */
  | { kind: 'ended'; session: Owned }
  /** An engine has it that isn't on the bus. */
  | { kind: 'unreachable' }
  | { kind: 'failed'; failure: Failure };

export const noSuchSession = failed('noSuchSession', 'There is no live session with that id.').failure;

type Waiting = Map<string, ((owner: Owner) => void)[]>;

export class Owners {
  readonly #dependencies: OwnersDependencies;
  #waiting: Waiting = new Map();

  constructor(dependencies: OwnersDependencies) {
    this.#dependencies = dependencies;
  }

  /** Never rejects: PostgreSQL's absence is a failure as any other. */
  find(sessionId: string): Promise<Owner> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) setImmediate(() => void this.#lookUp());
      const known = this.#waiting.get(sessionId);
      if (known) known.push(resolve);
      else this.#waiting.set(sessionId, [resolve]);
    });
  }

  async #lookUp(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const ids = [...waiting.keys()];
    for (let at = 0; at < ids.length; at += batchMax) await this.#lookUpBatch(ids.slice(at, at + batchMax), waiting);
  }

  async #lookUpBatch(ids: readonly string[], waiting: Waiting): Promise<void> {
    const rows = await this.#dependencies.queries.any(selectOwners(ids)).catch(() => undefined);
    const bySession = new Map(rows?.map((row) => [row.sessionId, row]));
    for (const id of ids) {
      const row = bySession.get(id);
      const owner: Owner = rows ? this.#ownerOf(row) : { kind: 'failed', failure: databaseAway.failure };
      for (const resolve of waiting.get(id) ?? []) resolve(owner);
    }
  }

  #ownerOf(session: Owned | undefined): Owner {
    if (!session) return { kind: 'failed', failure: noSuchSession };
    if (hasEnded(session.state)) return { kind: 'ended', session };
    const { livingRunId, bootId } = session;
    if (livingRunId === null) return { kind: 'nobody', session };
    if (livingRunId === this.#dependencies.run.id) return { kind: 'mine', session };
    return bootId === null ? { kind: 'unreachable' } : { kind: 'elsewhere', bootId, session };
  }
}
