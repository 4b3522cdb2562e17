// This engine's part in a cluster: follows sessions that others have, has others follow its own, and asks and answers.
import type { MessageOf } from '../../schema/bus.ts';
import { elsewhere, type Failure, type Outcome } from '../../schema/error.ts';
import type { Labels } from '../../schema/labels.ts';
import { limits } from '../../schema/limits.ts';
import type { RunLoad } from '../../schema/ownership.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { Reply } from '../../schema/thread.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import type { History } from '../database/history.ts';
import type { Log } from '../log.ts';
import type { ClusterFigures } from '../metrics.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Ownership } from '../runs/ownership.ts';
import type { RunRoom } from '../runs/run-load.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { OpenBudget } from '../server/keyed-budget.ts';
import type { OpenConnections } from '../server/open-connections.ts';
import { type Directory, type Entry, remoteHost } from '../sessions/directory.ts';
import type { LeftSessions } from '../sessions/left-sessions.ts';
import type { RingReceiver } from '../sessions/ring-receiver.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { Answers } from './answers.ts';
import { type AskOwner, Asks, hasMoved } from './asks.ts';
import { Balancing } from './balancing.ts';
import type { Bus } from './bus.ts';
import { ClusterHosts } from './cluster-hosts.ts';
import type { WireCounts } from './counted-wire.ts';
import { LeftElsewhere } from './left-elsewhere.ts';
import { listElsewhere } from './list-elsewhere.ts';
import { LoopDelay } from './loop-delay.ts';
import { askOwnerOf, Owners } from './owners.ts';
import { PeerBeats } from './peer-beats.ts';
import { type Receivers, receiveMessage } from './receive-message.ts';
import { RemoteFollowers } from './remote-followers.ts';
import { RemoteSessions, rollIntervalMs } from './remote-sessions.ts';
import type { SameSecrets } from './same-secrets.ts';
import { SecretChanges } from './secret-changes.ts';
import { SessionPlacing } from './session-placing.ts';
import { SessionsHere } from './sessions-here.ts';
import { SharedLimits } from './shared-limits.ts';
import { BackSessions, showMoving } from './show-moving.ts';
import { WatchStanding } from './watch-standing.ts';

/** How often what is overdue is looked for. */
const tickIntervalMs = 100;

export type ClusterDependencies = {
  queries: Pick<ReadQueries, 'any' | 'one'>;
  run: Pick<EngineRun, 'id' | 'state' | 'isStoring' | 'markIsolated' | 'waitForTakeOver'>;
  ownership: Pick<Ownership, 'giveResting' | 'give' | 'listResting'>;
  sandboxes: Pick<Sandboxes, 'listKept'>;
  bus: Bus;
  wireCounts: Readonly<WireCounts>;
  sameSecrets: SameSecrets;
  /** What this engine is labelled with. */
  labels: Labels;
  directory: Directory;
  supervisor: Supervisor;
  history: Pick<History, 'findPosition' | 'listLastSequences' | 'listSameTask'>;
  leftSessions: Pick<LeftSessions, 'has' | 'remember'>;
  secrets: Pick<Secrets, 'loadSecrets' | 'openForPlaced'>;
  /** How much this engine has to do. */
  describeLoad(): RunLoad;
  describeRoom(): RunRoom;
  log: Log;
};

/** The parts that act by what the cluster hears, which are built after it. */
type Started = { sessions: Sessions; ringReceiver: RingReceiver; connections: OpenConnections };

export class Cluster {
  readonly #dependencies: ClusterDependencies;
  readonly #owners: Owners;
  readonly #beats: PeerBeats;
  readonly #asks: Asks;
  readonly #answers: Answers;
  readonly #secretChanges: SecretChanges;
  readonly #here: SessionsHere;
  readonly #left: LeftElsewhere;
  readonly hosts: ClusterHosts;
  /** Where new sessions are made. */
  readonly placing: SessionPlacing;
  readonly balancing: Balancing;
  /** Limits of users that hold over all engines. */
  readonly limits: SharedLimits;
  readonly loopDelay = new LoopDelay(tickIntervalMs);
  #remote: RemoteSessions | undefined;
  #followers: RemoteFollowers | undefined;
  #standing: WatchStanding | undefined;
  #timers: NodeJS.Timeout[] = [];
  #refusedPosts = 0;
  #thrownMessages = 0;
  #isClosed = false;

  constructor(dependencies: ClusterDependencies) {
    this.#dependencies = dependencies;
    const { bus, supervisor } = dependencies;
    const now = () => performance.now();
    const findFitting = (labels: Labels) => this.placing.findFitting(labels);
    this.#owners = new Owners({ ...dependencies, findFitting });
    this.#secretChanges = new SecretChanges({ ...dependencies, owners: this.#owners });
    this.#here = new SessionsHere({ ...dependencies, owners: this.#owners, secretChanges: this.#secretChanges });
    this.#asks = new Asks({
      findOwner: (sessionId, isAgain) => this.#findAskOwner(sessionId, isAgain),
      send: (bootId, ask) => {
        if ('sessionId' in ask.asked) this.#secretChanges.tellBefore(ask.asked.sessionId, bootId);
        return bus.send({ bootId }, { kind: 'ask', ...ask });
      },
      askHere: (asked, timeoutMs) => this.#here.answer(asked, timeoutMs, true),
      now,
    });
    this.#answers = new Answers({
      answer: (asked, timeoutMs) => this.#here.answer(asked, timeoutMs, false),
      reply: (bootId, ask, outcome) => this.#reply(bootId, ask, outcome),
      onBug: (bug) => dependencies.log.error('request.bug', { where: 'bus', reason: reasonOf(bug) }),
      now,
    });
    this.limits = new SharedLimits({ ...dependencies, now });
    this.#beats = new PeerBeats(dependencies);
    this.placing = new SessionPlacing({ ...dependencies, asks: this.#asks, beats: this.#beats });
    this.balancing = new Balancing({ ...dependencies, placing: this.placing });
    this.#left = new LeftElsewhere({ ...dependencies, asks: this.#asks });
    this.hosts = new ClusterHosts({
      supervisor,
      asks: this.#asks,
      onCountChanged: (sessionId) => this.#remote?.note(sessionId),
      onSecretsChanged: (sessionId) => void this.#secretChanges.tell(sessionId, this.#remote?.findBoot(sessionId)),
    });
  }

  /** What the sessions of this engine have the cluster do. */
  get listener() {
    return {
      moveAway: (entry: Entry, failure: Failure) => this.moveAway(entry, failure),
      tellMoved: (entry: Entry) => this.#followers?.tellMoved(entry),
      onWatched: (sessionId: string) => this.#remote?.note(sessionId),
      findLeftElsewhere: (...asked: Parameters<LeftElsewhere['find']>) => this.#left.find(...asked),
      listElsewhere: (userId: string) =>
        listElsewhere({ ...this.#dependencies, asks: this.#asks }, this.limits.bootsOf(userId), userId),
    };
  }

  /** What is measured of the cluster from here. */
  get figures(): ClusterFigures {
    return {
      ...this.#dependencies.wireCounts,
      isConnected: this.#dependencies.bus.isUp,
      asksPending: this.#asks.pending,
      ...this.#asks.counts,
      followed: this.#remote?.size ?? 0,
      followers: this.#followers?.size ?? 0,
      ownersLost: this.#remote?.ownersLost ?? 0,
      claimed: this.#here.claimed,
      balanced: this.balancing.given,
    };
  }

  get openBudget(): OpenBudget {
    return (name, options) => this.limits.openBudget(name, options);
  }

  /** To be called before the run begins. @throws ConfigError where other engines have other secrets */
  checkSecrets(): Promise<void> {
    return this.#dependencies.sameSecrets.check();
  }

  /** To be called once the run has begun. @throws ConfigError where an engine with other secrets began at the same time */
  async start(started: Started): Promise<void> {
    const { bus, directory, history, run, sameSecrets, log } = this.#dependencies;
    await sameSecrets.show(run.id);
    await sameSecrets.check();
    this.#here.start(started.sessions);
    const now = () => performance.now();
    const shown = { directory, owners: this.#owners, nows: started.sessions.nows };
    const back = new BackSessions(shown);
    const remote = new RemoteSessions({
      bus,
      directory,
      history,
      owners: this.#owners,
      ringReceiver: started.ringReceiver,
      takeHere: (sessionId) => this.#here.take(sessionId),
      tellMoving: (sessionId, isMoving, lacking) => {
        if (!isMoving) return back.show(sessionId);
        back.forget(sessionId);
        showMoving(shown, sessionId, lacking);
      },
      now,
    });
    const followers = new RemoteFollowers({
      bus,
      sessions: started.sessions,
      history,
      findHere: (sessionId) => this.#here.find(sessionId, 'labelled'),
      findAsIs: (sessionId) => this.#here.findAsIs(sessionId),
      now,
    });
    const beats = this.#beats;
    const watching = new WatchStanding({ ...this.#dependencies, ...started, followers, remote, beats });
    [this.#remote, this.#followers, this.#standing] = [remote, followers, watching];
    const receivers: Receivers = {
      asks: this.#asks,
      answers: this.#answers,
      remote,
      followers,
      secretChanges: this.#secretChanges,
      limits: this.limits,
      standing: watching.standing,
      directory,
    };
    bus.start({
      receive: (from, message, ageMs) => receiveMessage(receivers, from, message, ageMs),
      onRefused: (bytes) => {
        if (this.#refusedPosts++ === 0) log.warn('cluster.refused', { bytes }); // One line, however much comes.
      },
      onThrown: (error) => {
        if (this.#thrownMessages++ === 0) log.error('request.bug', { where: 'bus', reason: reasonOf(error) });
      },
      onChange: (isUp) => this.#noteBus(isUp),
    });
    watching.start();
    this.#every(tickIntervalMs, () => this.#tick());
    this.#every(rollIntervalMs, () => this.#callRoll());
    this.#every(limits.runBeatIntervalMs, () => this.#lookAround());
    await this.placing.lookAround();
  }

  /** How far this engine reaches in the cluster, which its beats tell the others. */
  get reach(): number {
    return this.#standing?.standing.reach(this.#dependencies.bus.isUp) ?? 0;
  }

  /** Why clients are better off at other engines, in a sentence. */
  get problem(): string | undefined {
    return this.#standing?.problem;
  }

  /** Whether the session's frames come by themselves, or will once it has an owner. */
  isFollowing(sessionId: string): boolean {
    return this.#remote?.has(sessionId) === true;
  }

  /**
   * A session of this engine is another's by now: those who follow it here go on as followers of the next owner.
   * @returns whether it is such a failure
   */
  moveAway(entry: Entry, failure: Failure): boolean {
    if (!hasMoved({ ok: false, failure })) return false;
    const { directory } = this.#dependencies;
    this.#followers?.tellMoved(entry);
    entry.secrets = undefined; // Its row has them, and others may change them there.
    directory.move(entry, remoteHost);
    this.#remote?.note(entry.sessionId);
    if (entry.followers.size === 0) directory.remove(entry);
    return true;
  }

  /** Others have declared this engine's run dead: all of its sessions may be theirs, and it goes on as another run. */
  leaveRun(runId: string): void {
    const { sameSecrets, log } = this.#dependencies;
    sameSecrets.show(runId).catch((error) => log.warn('run.failed', { reason: reasonOf(error) }));
    for (const entry of this.#dependencies.directory.listOwn()) this.moveAway(entry, elsewhere.failure);
    this.#dependencies.bus.send('all', { kind: 'leaving' });
  }

  /** Looks again for the owners of what is followed here, since some are dead, and this engine may have their sessions now. */
  lookAgain(): void {
    this.#remote?.lookAgain(new Set(this.#beats.peers.map(({ bootId }) => bootId)));
  }

  /** Tells the others that this engine's sessions are free. */
  async tellLeaving(): Promise<void> {
    const { bus } = this.#dependencies;
    bus.send('all', { kind: 'leaving' });
    await bus.flush().catch(() => undefined); // They find out by their roll-calls.
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#standing?.close();
    await this.#dependencies.bus.close();
  }

  #every(intervalMs: number, act: () => void): void {
    this.#timers.push(setInterval(act, intervalMs).unref());
  }

  #lookAround(): void {
    this.loopDelay.forgetOld();
    const { placing, balancing, limits: shared } = this;
    void placing.lookAround().then(() => {
      shared.keepBoots(this.#beats.peers.map(({ bootId }) => bootId));
      return balancing.look();
    });
  }

  #tick(): void {
    this.loopDelay.note(performance.now());
    this.#asks.tick();
    this.limits.tellChanges();
    this.#remote?.tick();
  }

  #callRoll(): void {
    this.#remote?.callRoll();
    this.#followers?.dropSilent();
    this.#answers.forgetOld();
    this.#dependencies.bus.forgetSilentPieces();
    this.limits.tellAll();
    this.#secretChanges.readAgain();
    this.#secretChanges.forgetOthers((sessionId) => this.isFollowing(sessionId));
  }

  /** After a reconnect the first thing that owners hear is who follows what. */
  #noteBus(isUp: boolean): void {
    const { log } = this.#dependencies;
    if (isUp) log.info('cluster.connected');
    else if (!this.#isClosed) log.warn('cluster.cut');
    if (!isUp) return this.#remote?.noteCut();
    this.#callRoll();
    this.#asks.lookAgain(); // What was on its way is lost, and so are replies.
    this.#dependencies.bus.send('all', { kind: 'reconnected' }); // Others would wait for theirs until their next roll-call.
  }

  /** Clients there take the command's frame for the answer, so that nobody waits for the reply that it was stored. */
  #reply(bootId: string, { k, asked }: Pick<MessageOf<'ask'>, 'k' | 'asked'>, outcome: Outcome<Reply>): void {
    const isShown = outcome.ok && outcome.value.kind === 'done' && outcome.value.acknowledgement === undefined;
    const hasClients = 'sessionId' in asked && this.#followers?.hasClientsAt(bootId, asked.sessionId) === true;
    const urgency = isShown && hasClients ? 'soon' : 'now';
    this.#dependencies.bus.send({ bootId }, { kind: 'reply', k, outcome }, urgency);
  }

  /** Where it is followed already its owner is known without a query. */
  async #findAskOwner(sessionId: string, isAgain: boolean): Promise<AskOwner | Extract<Outcome<never>, { ok: false }>> {
    const known = isAgain ? undefined : this.#remote?.findBoot(sessionId);
    if (known !== undefined) return { kind: 'elsewhere', bootId: known };
    return askOwnerOf(await this.#owners.find(sessionId));
  }
}
