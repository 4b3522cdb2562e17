// This engine's part in a cluster: follows sessions that others have, has others follow its own, and asks and answers.
import type { Asked, BusMessage } from '../../schema/bus.ts';
import { elsewhere, type Failure, goingAway, type Outcome, sessionEnded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { RunLoad } from '../../schema/ownership.ts';
import type { Reply } from '../../schema/thread.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import type { History } from '../database/history.ts';
import type { Log } from '../log.ts';
import type { ClusterFigures } from '../metrics.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Ownership } from '../runs/ownership.ts';
import type { RunRoom } from '../runs/run-load.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { OpenBudget } from '../server/keyed-budget.ts';
import type { OpenConnections } from '../server/open-connections.ts';
import { type Directory, type Entry, isRemote, remoteHost } from '../sessions/directory.ts';
import { showTransientTo } from '../sessions/fan-out.ts';
import { databaseAway } from '../sessions/refusals.ts';
import type { RingReceiver } from '../sessions/ring-receiver.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { addressOf, tellClientCount } from '../sessions/tell-client-count.ts';
import { Answers } from './answers.ts';
import { type AskOwner, Asks, hasMoved } from './asks.ts';
import type { Bus } from './bus.ts';
import { ClusterHosts } from './cluster-hosts.ts';
import type { WireCounts } from './counted-wire.ts';
import { LoopDelay } from './loop-delay.ts';
import { Owners } from './owners.ts';
import { followerSilenceMs, RemoteFollowers } from './remote-followers.ts';
import { RemoteSessions, rollIntervalMs } from './remote-sessions.ts';
import type { SameSecrets } from './same-secrets.ts';
import { SecretChanges } from './secret-changes.ts';
import { SessionPlacing } from './session-placing.ts';
import { SharedLimits } from './shared-limits.ts';
import { showAllStored } from './show-all-stored.ts';
import { BackSessions, showMoving } from './show-moving.ts';
import { WatchStanding } from './watch-standing.ts';

/** How often what is overdue is looked for. */
const tickIntervalMs = 100;

export type ClusterDependencies = {
  queries: Pick<ReadQueries, 'any' | 'one'>;
  run: Pick<EngineRun, 'id' | 'isStoring' | 'markIsolated'>;
  ownership: Pick<Ownership, 'giveResting'>;
  bus: Bus;
  wireCounts: Readonly<WireCounts>;
  sameSecrets: SameSecrets;
  directory: Directory;
  supervisor: Supervisor;
  history: Pick<History, 'findPosition' | 'listLastSequences'>;
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
  readonly #asks: Asks;
  readonly #answers: Answers;
  readonly #secretChanges: SecretChanges;
  readonly hosts: ClusterHosts;
  /** Where new sessions are made. */
  readonly placing: SessionPlacing;
  /** Limits of users that hold over all engines. */
  readonly limits: SharedLimits;
  readonly loopDelay = new LoopDelay(tickIntervalMs);
  #remote: RemoteSessions | undefined;
  #followers: RemoteFollowers | undefined;
  #standing: WatchStanding | undefined;
  #started: Started | undefined;
  #timers: NodeJS.Timeout[] = [];
  #refusedPosts = 0;
  #claimed = 0;

  constructor(dependencies: ClusterDependencies) {
    this.#dependencies = dependencies;
    const { bus, supervisor } = dependencies;
    const now = () => performance.now();
    this.#owners = new Owners(dependencies);
    this.#secretChanges = new SecretChanges({ ...dependencies, owners: this.#owners });
    this.#asks = new Asks({
      findOwner: (sessionId, isAgain) => this.#findAskOwner(sessionId, isAgain),
      send: (bootId, ask) => {
        this.#secretChanges.tellBefore(ask.asked.sessionId, bootId);
        return bus.send({ bootId }, { kind: 'ask', ...ask });
      },
      askHere: (asked, timeoutMs) => this.#askHere(asked, timeoutMs, true),
      now,
    });
    this.#answers = new Answers({
      answer: (asked, timeoutMs) => this.#askHere(asked, timeoutMs, false),
      reply: (bootId, k, outcome) => bus.send({ bootId }, { kind: 'reply', k, outcome }),
      onBug: (bug) => dependencies.log.error('request.bug', { where: 'bus', reason: String(bug) }),
      now,
    });
    this.limits = new SharedLimits({ ...dependencies, now });
    this.placing = new SessionPlacing({ ...dependencies, asks: this.#asks });
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
      claimed: this.#claimed,
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
    this.#started = started;
    const now = () => performance.now();
    const shown = { directory, owners: this.#owners, nows: started.sessions.nows };
    const back = new BackSessions(shown);
    this.#remote = new RemoteSessions({
      bus,
      directory,
      history,
      owners: this.#owners,
      ringReceiver: started.ringReceiver,
      takeHere: (sessionId) => this.#takeHere(sessionId),
      tellMoving: (sessionId, isMoving) => {
        if (!isMoving) return back.show(sessionId);
        back.forget(sessionId);
        showMoving(shown, sessionId);
      },
      now,
    });
    this.#followers = new RemoteFollowers({
      bus,
      sessions: started.sessions,
      history,
      findHere: (sessionId) => this.#findHere(sessionId),
      now,
    });
    bus.start({
      receive: (from, message, ageMs) => this.#receive(from, message, ageMs),
      onRefused: (bytes) => {
        if (this.#refusedPosts++ === 0) log.warn('cluster.refused', { bytes }); // One line, however much comes.
      },
      onChange: (isUp) => this.#noteBus(isUp),
    });
    this.#standing = new WatchStanding({ ...this.#dependencies, ...started, followers: this.#followers });
    this.#standing.start();
    this.#every(tickIntervalMs, () => this.#tick());
    this.#every(rollIntervalMs, () => this.#callRoll());
    this.#every(limits.runBeatIntervalMs, () => this.#lookAround());
    await this.placing.readPeers();
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
    sameSecrets.show(runId).catch((error) => log.warn('run.failed', { reason: String(error) }));
    for (const entry of [...this.#dependencies.directory.entries()])
      if (!isRemote(entry)) this.moveAway(entry, elsewhere.failure);
    this.#dependencies.bus.send('all', { kind: 'leaving' });
  }

  /** Looks again for the owners of what is followed here, since some are dead or this engine has their sessions now. */
  lookAgain(): void {
    this.#remote?.lookAgain();
  }

  /** Tells the others that this engine's sessions are free. */
  async tellLeaving(): Promise<void> {
    const { bus } = this.#dependencies;
    bus.send('all', { kind: 'leaving' });
    await bus.flush().catch(() => undefined); // They find out by their roll-calls.
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#standing?.close();
    await this.#dependencies.bus.close();
  }

  #every(intervalMs: number, act: () => void): void {
    this.#timers.push(setInterval(act, intervalMs).unref());
  }

  #lookAround(): void {
    this.loopDelay.forgetOld();
    const { placing, limits: shared } = this;
    void placing.readPeers().then(() => shared.keepBoots(placing.peers.map(({ bootId }) => bootId)));
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
    this.limits.tellAll();
    this.#secretChanges.readAgain();
    this.#secretChanges.forgetOthers((sessionId) => this.isFollowing(sessionId));
  }

  /** After a reconnect the first thing that owners hear is who follows what. */
  #noteBus(isUp: boolean): void {
    const { log } = this.#dependencies;
    if (isUp) log.info('cluster.connected');
    else log.warn('cluster.cut');
    if (!isUp) return this.#remote?.noteCut();
    this.#callRoll();
    this.#asks.lookAgain(); // What was on its way is lost, and so are replies.
  }

  #receive(from: string, message: BusMessage, ageMs: number): void {
    const [remote, followers] = [this.#remote, this.#followers];
    if (!remote || !followers) return;
    this.#standing?.standing.note(from);
    switch (message.kind) {
      case 'ask':
        return void this.#answers.receiveAsk(from, message, ageMs);
      case 'reply':
        return this.#asks.receiveReply(from, message.k, message.outcome);
      case 'follow':
        return void followers.receiveFollow(from, message);
      case 'followed':
        this.#secretChanges.noteFollowed(
          from,
          message.stored.map(([sessionId]) => sessionId),
        );
        return remote.receiveFollowed(from, message);
      case 'unfollow':
        return followers.receiveUnfollow(from, message);
      case 'frames':
        return remote.receiveFrames(from, message);
      case 'live':
        return this.#showLive(from, message.sessionId, message.frames);
      case 'moved':
        remote.receiveMoved(from, message.sessionId);
        return this.#asks.lookAgain(message.sessionId);
      case 'lost':
        return remote.receiveLost(from, message);
      case 'secretsChanged':
        return this.#secretChanges.receive(message.sessionId);
      case 'hello':
        return this.#standing?.standing.noteHello(from, message.stores);
      case 'spent':
        return this.limits.receiveSpent(message);
      case 'held':
        return this.limits.receiveHeld(from, message);
      case 'leaving':
        this.limits.forgetBoot(from);
        return remote.receiveLeaving(from);
    }
  }

  #showLive(from: string, sessionId: string, frames: readonly string[]): void {
    if (this.#remote?.findBoot(sessionId) !== from) return;
    const audience = this.#dependencies.directory.audienceOf(sessionId);
    for (const frame of frames) showTransientTo(audience, frame);
  }

  /** Where it is followed already its owner is known without a query. */
  async #findAskOwner(sessionId: string, isAgain: boolean): Promise<AskOwner | Extract<Outcome<never>, { ok: false }>> {
    const known = isAgain ? undefined : this.#remote?.findBoot(sessionId);
    if (known !== undefined) return { kind: 'elsewhere', bootId: known };
    const owner = await this.#owners.find(sessionId);
    if (owner.kind === 'failed') return { ok: false, failure: owner.failure };
    if (owner.kind === 'ended') return sessionEnded;
    if (owner.kind === 'elsewhere' || owner.kind === 'unreachable') return owner;
    return { kind: 'here' };
  }

  /** @param mayClaim whether it may be claimed from nobody; for others that is left to them, where its clients are */
  async #askHere(asked: Asked, timeoutMs: number, mayClaim: boolean): Promise<Outcome<Reply>> {
    if (asked.kind === 'create') return this.#createHere(asked);
    if (!(await this.#secretChanges.waitUntilRead(asked.sessionId))) return databaseAway;
    const entry = await this.#findHere(asked.sessionId, mayClaim);
    if (!entry) return elsewhere;
    return this.#dependencies.supervisor.getLink(entry.host).ask({ ...asked, ...addressOf(entry) }, timeoutMs);
  }

  /** Makes a session that another engine has checked. Who follows it there says so a moment later. */
  async #createHere({ sessionId, session }: Extract<Asked, { kind: 'create' }>): Promise<Outcome<Reply>> {
    const { sessions } = this.#started ?? {};
    if (!sessions) return goingAway;
    const { chatId, userId, sealedSecrets } = session;
    const secrets = await this.#dependencies.secrets.openForPlaced(sessionId, sealedSecrets);
    const made = await sessions.createPlaced({ sessionId, chatId, userId }, { ...session, secrets });
    if (made.ok && session.clients > 0) setTimeout(() => this.#countClients(sessionId), followerSilenceMs).unref();
    return made;
  }

  /** The engine that had the session made may have died before it followed it. */
  #countClients(sessionId: string): void {
    const { directory, supervisor } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (entry && !isRemote(entry)) tellClientCount(supervisor, entry);
  }

  /** The entry of a session that this engine has, with a host of this engine. */
  async #findHere(sessionId: string, mayClaim = false): Promise<Entry | undefined> {
    const { directory } = this.#dependencies;
    const known = directory.get(sessionId);
    if (known && !isRemote(known)) return known;
    const owner = await this.#owners.find(sessionId);
    const isMine = owner.kind === 'mine' || (owner.kind === 'nobody' && mayClaim);
    if (!isMine) return undefined;
    this.#takeHere(sessionId);
    const { sessionId: id, chatId, userId, task, createdAtMs } = owner.session;
    const session = { sessionId: id, chatId, userId, task, createdAtMs };
    const entry = this.#started?.sessions.ensureEntry({ kind: 'passivated', session }, owner.kind === 'mine');
    return entry?.ok && !isRemote(entry.value) ? entry.value : undefined;
  }

  /** Gives a session that is followed here a host of this engine, which claims it. */
  #takeHere(sessionId: string): boolean {
    const { directory, supervisor } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (!entry) return false;
    if (isRemote(entry)) {
      entry.secrets = undefined; // Others may have changed them in its row.
      directory.move(entry, directory.chooseHost());
      this.#claimed++;
      tellClientCount(supervisor, entry);
      void showAllStored(this.#dependencies, entry);
    }
    return true;
  }
}
