// Looks once a second how this engine stands among the others, and acts by it: an isolated one gives away what nobody here needs
// and sends clients of sessions elsewhere to the others, one that can't store sends all of its clients there.
import { goingAway } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Log } from '../log.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Ownership } from '../runs/ownership.ts';
import type { OpenConnections } from '../server/open-connections.ts';
import type { Directory } from '../sessions/directory.ts';
import type { Bus } from './bus.ts';
import type { PeerBeats } from './peer-beats.ts';
import type { RemoteFollowers } from './remote-followers.ts';
import type { RemoteSessions } from './remote-sessions.ts';
import { Standing } from './standing.ts';

/** Looks between two greetings: two in the time for which one counts. */
const looksPerHello = 2;

export type WatchStandingDependencies = {
  bus: Pick<Bus, 'send' | 'isUp'>;
  beats: Pick<PeerBeats, 'read'>;
  run: Pick<EngineRun, 'isStoring' | 'markIsolated'>;
  ownership: Pick<Ownership, 'giveResting'>;
  supervisor: Pick<Supervisor, 'links'>;
  directory: Pick<Directory, 'get'>;
  followers: Pick<RemoteFollowers, 'dropAll'>;
  remote: Pick<RemoteSessions, 'sendAwayFromMoving'>;
  connections: OpenConnections;
  log: Log;
};

export class WatchStanding {
  readonly #dependencies: WatchStandingDependencies;
  readonly standing = new Standing();
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #isComparing = false;
  #wasIsolated = false;
  #wasCut = false;
  #giving: Promise<unknown> | undefined;

  constructor(dependencies: WatchStandingDependencies) {
    this.#dependencies = dependencies;
  }

  /** Why clients are better off elsewhere, in a sentence; undefined where they aren't. */
  get problem(): string | undefined {
    if (this.standing.isCutFromStorage) return 'PostgreSQL does not answer this engine, but others.';
    return this.standing.isIsolated ? 'This engine cannot reach the others of its cluster.' : undefined;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), limits.runBeatIntervalMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closing.abort();
  }

  #look(): void {
    const { bus, run } = this.#dependencies;
    const { isStoring } = run;
    if (this.#looks++ % looksPerHello === 0) bus.send('all', { kind: 'hello', stores: isStoring });
    this.standing.look(isStoring);
    if (this.standing.hearsNobody && isStoring) void this.#compare();
    this.#act();
  }

  /** How far others reach; those of an earlier release don't tell. */
  async #compare(): Promise<void> {
    if (this.#isComparing) return;
    this.#isComparing = true;
    const { beats, bus } = this.#dependencies;
    const peers = await beats.read();
    this.#isComparing = false;
    if (peers) this.standing.compare(bus.isUp, Math.max(0, ...peers.map(({ load }) => load.reach ?? 0)));
  }

  #act(): void {
    const { isIsolated, isCutFromStorage } = this.standing;
    if (isIsolated !== this.#wasIsolated) this.#changeIsolated(isIsolated);
    if (isIsolated) {
      this.#giveAway();
      this.#dependencies.remote.sendAwayFromMoving(goingAway.failure);
    }
    if (isCutFromStorage !== this.#wasCut) this.#noteCut(isCutFromStorage);
    if (isCutFromStorage)
      for (const connection of [...this.#dependencies.connections]) connection.refuse(goingAway.failure);
  }

  #changeIsolated(isIsolated: boolean): void {
    this.#wasIsolated = isIsolated;
    const { run, supervisor, log } = this.#dependencies;
    if (isIsolated) log.warn('cluster.isolated');
    else log.info('cluster.rejoined');
    run.markIsolated(isIsolated);
    if (!isIsolated) for (const link of supervisor.links) link.tell({ kind: 'letGo', atOnce: false });
  }

  /** What rests without a client here; those of other engines can't be heard. */
  #giveAway(): void {
    const { ownership, directory, followers, supervisor, log } = this.#dependencies;
    followers.dropAll();
    for (const link of supervisor.links) link.tell({ kind: 'letGo', atOnce: true }); // Hosts may be new since the last look.
    this.#giving ??= ownership
      .giveResting((sessionId) => directory.get(sessionId) !== undefined, this.#closing.signal)
      .catch((error) => log.warn('run.failed', { reason: String(error) }))
      .finally(() => {
        this.#giving = undefined;
      });
  }

  #noteCut(isCut: boolean): void {
    this.#wasCut = isCut;
    const { log, connections } = this.#dependencies;
    if (isCut) log.warn('cluster.storageCut', { clients: connections.size });
    else log.info('cluster.storageBack');
  }
}
