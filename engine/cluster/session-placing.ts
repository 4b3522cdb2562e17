// Chooses the engine for each new session, by what the others' beats say, and has it made there.

import type { Outcome } from '../../schema/error.ts';
import type { Labels } from '../../schema/labels.ts';
import type { RunLoad } from '../../schema/ownership.ts';
import type { PlacedSession } from '../../schema/placed-session.ts';
import type { Reply } from '../../schema/thread.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import { type Peer, selectPeers } from '../database/queries/select-peers.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { RunRoom } from '../runs/run-load.ts';
import type { Place, Placing } from '../sessions/placing.ts';
import type { Asks } from './asks.ts';
import type { Bus } from './bus.ts';
import { chooseFitting, choosePlace } from './placement.ts';

/** How long another engine may take to store a new session. */
const createTimeoutMs = 10_000;
/** An engine whose last beat is older gets no new sessions. */
const freshMs = 3_000;

export type SessionPlacingDependencies = {
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
  /** What this engine is labelled with. */
  labels: Labels;
  describeLoad(): RunLoad;
  /** Whether this engine takes sessions, as of now. */
  describeRoom(): RunRoom;
  asks: Pick<Asks, 'askAt'>;
  bus: Pick<Bus, 'isUp'>;
};

export class SessionPlacing implements Placing {
  readonly #dependencies: SessionPlacingDependencies;
  #peers: readonly Peer[] = [];
  /** Of the last second, since it takes a while to find out. */
  #ownLoad: RunLoad | undefined;
  #isReading = false;

  constructor(dependencies: SessionPlacingDependencies) {
    this.#dependencies = dependencies;
  }

  /** The others, as their last beats describe them. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** To be called every second. While PostgreSQL is away what is known goes on to count: nothing is made then. */
  async readPeers(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const { queries, run, describeLoad } = this.#dependencies;
    this.#ownLoad = describeLoad();
    this.#peers = await queries.any(selectPeers(run.id, freshMs)).catch(() => this.#peers);
    this.#isReading = false;
  }

  /** Before a session is refused it is looked whether somebody has room by now. */
  async choose(refused: ReadonlySet<string>, labels?: Labels): Promise<Place> {
    const place = this.#choose(refused, labels);
    if (place.kind === 'here' || place.kind === 'elsewhere') return place;
    await this.readPeers();
    return this.#choose(refused, labels);
  }

  /** An engine that has all of them, where there is one. */
  findFitting(labels: Labels): string | undefined {
    return chooseFitting(this.#reachedPeers, labels, Math.random);
  }

  #choose(refused: ReadonlySet<string>, wanted: Labels | undefined): Place {
    const { describeLoad, describeRoom, labels } = this.#dependencies;
    this.#ownLoad ??= describeLoad();
    const own = { state: 'open', labels, load: { ...this.#ownLoad, ...describeRoom() } } as const;
    return choosePlace({ own, peers: this.#reachedPeers, refused, labels: wanted, random: Math.random });
  }

  /** Without the bus they would be asked in vain for as long as they may take. */
  get #reachedPeers(): readonly Peer[] {
    return this.#dependencies.bus.isUp ? this.#peers : [];
  }

  createAt(bootId: string, sessionId: string, session: PlacedSession): Promise<Outcome<Reply>> {
    return this.#dependencies.asks.askAt(bootId, { kind: 'create', sessionId, session }, createTimeoutMs);
  }
}
