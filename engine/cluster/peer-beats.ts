// The other engines as their last beats describe them: read once, however many parts of the cluster want to know at a time.
import { limits } from '../../schema/limits.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import { type Peer, selectPeers } from '../database/queries/select-peers.ts';
import type { EngineRun } from '../runs/engine-run.ts';

/** How old a beat may be that counts: one may be late. */
const freshMs = 2.5 * limits.runBeatIntervalMs;

export type PeerBeatsDependencies = {
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
};

export class PeerBeats {
  readonly #dependencies: PeerBeatsDependencies;
  #peers: readonly Peer[] = [];
  #reading: Promise<readonly Peer[] | undefined> | undefined;

  constructor(dependencies: PeerBeatsDependencies) {
    this.#dependencies = dependencies;
  }

  /** As they were read last. While PostgreSQL is away that goes on to count. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** @returns undefined where PostgreSQL doesn't answer, which says nothing of the others */
  read(): Promise<readonly Peer[] | undefined> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<readonly Peer[] | undefined> {
    const { queries, run } = this.#dependencies;
    const peers = await queries.any(selectPeers(run.id, freshMs)).catch(() => undefined);
    this.#peers = peers ?? this.#peers;
    return peers;
  }
}
