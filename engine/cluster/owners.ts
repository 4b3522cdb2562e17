// Looks up in PostgreSQL who owns sessions: all that are asked for within a moment with one query.
import { type Failure, failed, type Outcome, sessionEnded } from '../../schema/error.ts';
import { hasLabels, type Labels, noFittingEngine } from '../../schema/labels.ts';
import { hasEnded } from '../../schema/session.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import { type Owned, selectOwners } from '../database/queries/select-owners.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import { databaseAway } from '../sessions/refusals.ts';
import type { AskOwner } from './asks.ts';

/** Sessions of one query: a few milliseconds. */
const batchMax = 1_000;

export type OwnersDependencies = {
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
  /** What this engine is labelled with. */
  labels: Labels;
  /** Another engine that has all of them. */
  findFitting(labels: Labels): string | undefined;
};

export type Owner =
  /** This engine has it. */
  | { kind: 'mine'; session: Owned }
  /** Nobody alive has it. */
  | { kind: 'nobody'; session: Owned }
  /** Nobody alive has it, nor may this engine, which lacks labels; another one may, if there is one. */
  | { kind: 'forOther'; bootId: string | undefined; labels: Labels; session: Owned }
  | { kind: 'elsewhere'; bootId: string; session: Owned }
  /** It has ended: its rows alone are left. */
  | { kind: 'ended'; session: Owned }
  /** An engine has it that isn't on the bus. */
  | { kind: 'unreachable' }
  | { kind: 'failed'; failure: Failure };

/** Who is asked, or why nobody is. */
export function askOwnerOf(owner: Owner): AskOwner | Extract<Outcome<never>, { ok: false }> {
  if (owner.kind === 'failed') return { ok: false, failure: owner.failure };
  if (owner.kind === 'ended') return sessionEnded;
  if (owner.kind === 'elsewhere' || owner.kind === 'unreachable') return owner;
  if (owner.kind !== 'forOther') return { kind: 'here' };
  const { bootId, labels } = owner;
  return bootId === undefined ? noFittingEngine(labels, []) : { kind: 'elsewhere', bootId };
}

/** What an engine may claim of what nobody has: anything; only what asks for labels, since whoever asks may lack them; or nothing. */
export type Claims = 'any' | 'labelled' | 'none';

export const mayHave = (owner: Owner, claims: Claims): owner is Extract<Owner, { kind: 'mine' | 'nobody' }> =>
  owner.kind === 'mine' ||
  (owner.kind === 'nobody' && (claims === 'any' || (claims === 'labelled' && owner.session.labels !== null)));

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
    const { livingRunId, bootId, labels } = session;
    if (livingRunId === null && labels !== null && !hasLabels(this.#dependencies.labels, labels))
      return { kind: 'forOther', bootId: this.#dependencies.findFitting(labels), labels, session };
    if (livingRunId === null) return { kind: 'nobody', session };
    if (livingRunId === this.#dependencies.run.id) return { kind: 'mine', session };
    return bootId === null ? { kind: 'unreachable' } : { kind: 'elsewhere', bootId, session };
  }
}
