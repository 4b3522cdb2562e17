// Chooses the engine for each new session, by what the others' beats say, and has it made there.
import type { Outcome } from '../../schema/error.ts';
import type { Labels } from '../../schema/labels.ts';
import type { RunLoad } from '../../schema/ownership.ts';
import type { PlacedSession } from '../../schema/placed-session.ts';
import type { Reply } from '../../schema/thread.ts';
import type { Peer } from '../database/queries/select-peers.ts';
import type { RunRoom } from '../runs/run-load.ts';
import type { Place, Placing } from '../sessions/placing.ts';
import type { Asks } from './asks.ts';
import type { Bus } from './bus.ts';
import type { PeerBeats } from './peer-beats.ts';
import { chooseFitting, choosePlace, isOpen } from './placement.ts';

/** How long another engine may take to store a new session. */
const createTimeoutMs = 10_000;

export type SessionPlacingDependencies = {
  beats: Pick<PeerBeats, 'peers' | 'read'>;
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
  /** Of the last second, since it takes a while to find out. */
  #ownLoad: RunLoad | undefined;

  constructor(dependencies: SessionPlacingDependencies) {
    this.#dependencies = dependencies;
  }

  /** To be called every second. */
  async lookAround(): Promise<void> {
    const { beats, describeLoad } = this.#dependencies;
    this.#ownLoad = describeLoad();
    await beats.read();
  }

  /** Before a session is refused it is looked whether somebody has room by now. */
  async choose(refused: ReadonlySet<string>, labels?: Labels): Promise<Place> {
    const place = this.#choose(refused, labels);
    if (place.kind === 'here' || place.kind === 'elsewhere') return place;
    await this.lookAround();
    return this.#choose(refused, labels);
  }

  /** An engine that has all of them, where there is one. */
  findFitting(labels: Labels): string | undefined {
    return chooseFitting(this.#reachedPeers, labels, Math.random);
  }

  /** Those that take sessions. */
  get openPeers(): readonly Peer[] {
    return this.#reachedPeers.filter(isOpen);
  }

  #choose(refused: ReadonlySet<string>, wanted: Labels | undefined): Place {
    const { describeLoad, describeRoom, labels } = this.#dependencies;
    this.#ownLoad ??= describeLoad();
    const own = { state: 'open', labels, load: { ...this.#ownLoad, ...describeRoom() } } as const;
    return choosePlace({ own, peers: this.#reachedPeers, refused, labels: wanted, random: Math.random });
  }

  /** Without the bus they would be asked in vain for as long as they may take. */
  get #reachedPeers(): readonly Peer[] {
    const { bus, beats } = this.#dependencies;
    return bus.isUp ? beats.peers : [];
  }

  createAt(bootId: string, sessionId: string, session: PlacedSession): Promise<Outcome<Reply>> {
    return this.#dependencies.asks.askAt(bootId, { kind: 'create', sessionId, session }, createTimeoutMs);
  }
}
