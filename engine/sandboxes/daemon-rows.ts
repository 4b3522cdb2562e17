// What engines that share Docker daemons ask their rows, so that each container is judged by one of them, and none is taken from
// a living one.
import { v7 as uuid } from 'uuid';
import type { DaemonSharing, Whereabouts } from '../../sandbox/docker/reaper.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import { holdDaemon } from '../database/queries/hold-daemon.ts';
import { selectLivingBoots, selectOtherLiving, selectOwned } from '../database/queries/select-attended.ts';
import type { EngineRun } from '../runs/engine-run.ts';

export type DaemonRowsDependencies = {
  queries: Pick<ReadQueries & WriteQueries, 'any' | 'anyFirst' | 'maybeOne' | 'exists'>;
  run: Pick<EngineRun, 'id'>;
  bootId: string;
};

export class DaemonRows {
  readonly #dependencies: DaemonRowsDependencies;

  constructor(dependencies: DaemonRowsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The part of one daemon.
   * @param findPlace finds what tells it from other daemons; undefined where nothing is there yet
   * @param formerId what carries the id that an engine had for itself, whose keeper is one that knows of it
   */
  sharingOf(findPlace: () => Promise<string | undefined>, formerId?: string): DaemonSharing {
    const findOnce = joinCalls(findPlace);
    return {
      isKeeper: () => this.#isKeeper(findOnce, formerId),
      findOwners: (sessionIds) => this.#findOwners(sessionIds, findOnce),
      findMakers: (runIds) => this.#findMakers(runIds),
    };
  }

  /** Whether no other engine lives that needs what they have in common. */
  async isLast(): Promise<boolean> {
    const { queries, run } = this.#dependencies;
    return !(await queries.exists(selectOtherLiving(run.id)));
  }

  async #isKeeper(findPlace: () => Promise<string | undefined>, formerId: string | undefined): Promise<boolean> {
    const { queries, run } = this.#dependencies;
    const place = await findPlace();
    if (place === undefined) return false;
    const held = formerId === undefined ? place : `${place} ${formerId}`;
    return (await queries.maybeOne(holdDaemon(run.id, held))) !== null;
  }

  async #findOwners(
    sessionIds: readonly string[],
    findPlace: () => Promise<string | undefined>,
  ): Promise<ReadonlyMap<string, Whereabouts>> {
    if (sessionIds.length === 0) return new Map();
    const { queries, run } = this.#dependencies;
    const place = await findPlace();
    const owned = await queries.any(selectOwned(sessionIds));
    return new Map(
      owned.map(({ sessionId, runId, places }) => [
        sessionId,
        runId === run.id ? 'here' : isAway(places, place) ? 'away' : 'elsewhere',
      ]),
    );
  }

  async #findMakers(runIds: readonly string[]): Promise<ReadonlyMap<string, Whereabouts>> {
    const { queries, bootId } = this.#dependencies;
    const living = new Set(await queries.anyFirst(selectLivingBoots(runIds.map(bootOf))));
    const makers = runIds.filter((runId) => living.has(bootOf(runId)));
    return new Map(makers.map((runId) => [runId, bootOf(runId) === bootId ? 'here' : 'elsewhere']));
  }
}

/** Who asks while an answer is on its way gets the same: a look of the reaper asks for the place twice. */
function joinCalls<Result>(call: () => Promise<Result>): () => Promise<Result> {
  let calling: Promise<Result> | undefined;
  return () => {
    calling ??= call().finally(() => {
      calling = undefined;
    });
    return calling;
  };
}

/** What the containers carry that a start of a host makes: which process that was in, and a part of its own. */
export const makeHostRunId = (bootId: string): string => `${bootId}_${uuid().slice(-12)}`;

/** Whether an engine is known to reach other daemons only. */
const isAway = (places: readonly string[] | null, place: string | undefined): boolean =>
  places !== null && places.length > 0 && place !== undefined && !places.includes(place);

const bootOf = (runId: string): string => runId.split('_')[0] ?? '';
