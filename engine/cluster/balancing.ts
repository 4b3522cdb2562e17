// Gives resting sessions away where this engine has far more of them than the others, and tells how many it has: those with a
// client here, in memory or with a sandbox on this machine stay, and those whose labels no other engine has.
import type { Labels } from '../../schema/labels.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import { countLiveSessions } from '../database/queries/count-live-sessions.ts';
import type { RestingSession } from '../database/queries/select-resting-sessions.ts';
import type { Log } from '../log.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Ownership } from '../runs/ownership.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Directory } from '../sessions/directory.ts';
import { decideGiving } from './balance.ts';
import type { PlacedPeer } from './placement.ts';

/** Looks between two counts: each reads an entry of an index for every session of the run. */
const looksPerCount = 5;
/** Sessions of one look from which some are chosen. */
const pageRows = 100;
/** Looks that are left out once all sessions were looked through and none could be given. */
const pauseLooks = 60;

export type BalancingDependencies = {
  queries: Pick<ReadQueries, 'one'>;
  run: Pick<EngineRun, 'id' | 'state'>;
  ownership: Pick<Ownership, 'give' | 'listResting'>;
  directory: Pick<Directory, 'get' | 'ownSize'>;
  sandboxes: Pick<Sandboxes, 'listKept'>;
  placing: { readonly openPeers: readonly PlacedPeer[]; findFitting(labels: Labels): string | undefined };
  log: Pick<Log, 'warn'>;
};

export class Balancing {
  readonly #dependencies: BalancingDependencies;
  #resting: number | undefined;
  #looks = 0;
  #isLooking = false;
  /** Whether the last look failed. */
  #hasFailed = false;
  /** The last session that was looked at. */
  #after = '';
  /** Whether none could be given since the first one was looked at. */
  #isFruitless = true;
  #pausedLooks = 0;
  /** How many it has given away. */
  given = 0;

  constructor(dependencies: BalancingDependencies) {
    this.#dependencies = dependencies;
  }

  /** How many sessions of this engine rest and have no sandbox, as of the last count; undefined while that isn't known. */
  get resting(): number | undefined {
    return this.#resting;
  }

  /** To be called once a second. What PostgreSQL or Docker doesn't answer isn't known, and nothing is given then. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      if (this.#looks++ % looksPerCount === 0) this.#resting = await this.#count();
      if (this.#pausedLooks > 0) this.#pausedLooks--;
      else await this.#giveSome();
      this.#hasFailed = false;
    } catch (error) {
      this.#resting = undefined;
      if (!this.#hasFailed) this.#dependencies.log.warn('balance.failed', { reason: reasonOf(error) }); // One line for each outage.
      this.#hasFailed = true;
    } finally {
      this.#isLooking = false;
    }
  }

  async #count(): Promise<number> {
    const { queries, run, directory, sandboxes } = this.#dependencies;
    const kept = await sandboxes.listKept();
    if (kept === 'all') return 0;
    const resting = [...kept].filter((sessionId) => directory.get(sessionId) === undefined);
    const { count } = await queries.one(countLiveSessions(run.id, resting));
    return Math.max(0, count - directory.ownSize);
  }

  async #giveSome(): Promise<void> {
    const { run, ownership, placing } = this.#dependencies;
    const others = placing.openPeers.flatMap(({ load }) => load.resting ?? []); // An earlier release doesn't tell.
    const most = run.state === 'open' ? decideGiving(this.#resting ?? 0, others) : 0;
    if (most === 0) return;
    const page = await ownership.listResting({ after: this.#after, limit: pageRows });
    const chosen = await this.#choose(page, most);
    if (chosen.length > 0) {
      const given = await ownership.give(chosen);
      this.given += given.length;
      this.#resting = Math.max(0, (this.#resting ?? 0) - given.length);
    }
    this.#goOnBehind(page, chosen, most);
  }

  async #choose(page: readonly RestingSession[], most: number): Promise<RestingSession[]> {
    const { directory, sandboxes, placing } = this.#dependencies;
    const kept = await sandboxes.listKept();
    if (kept === 'all') return [];
    return page
      .filter(({ sessionId, labels }) => {
        if (directory.get(sessionId) !== undefined || kept.has(sessionId)) return false;
        return labels === null || placing.findFitting(labels) !== undefined;
      })
      .slice(0, most);
  }

  #goOnBehind(page: readonly RestingSession[], chosen: readonly RestingSession[], most: number): void {
    if (chosen.length > 0) this.#isFruitless = false;
    const isThrough = page.length < pageRows && chosen.length < most;
    const last = chosen.length === most ? chosen.at(-1) : page.at(-1);
    this.#after = isThrough ? '' : (last?.sessionId ?? '');
    if (!isThrough) return;
    if (this.#isFruitless) this.#pausedLooks = pauseLooks;
    this.#isFruitless = true;
  }
}
