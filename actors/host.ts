// A host: one worker thread's session actors. Takes what the main thread and persistence tell it, and drains.
import type { MessagePort } from 'node:worker_threads';
import type { GrantsGit } from '../sandbox/git/git-proxy.ts';
import type { SandboxSources } from '../sandbox/open-sources.ts';
import type { OpenSnapshots } from '../sandbox/snapshot/snapshot-archive.ts';
import { goingAway, type Outcome, sessionRests, succeeded } from '../schema/error.ts';
import { noResources } from '../schema/resources.ts';
import type { SessionRecord } from '../schema/session.ts';
import type { FromPersistence, HostConfig, SessionAddress, ToHost, ToPersistence } from '../schema/thread.ts';
import type { HostStatus } from './host-status.ts';
import { KeptFiles } from './kept-files.ts';
import type { MainLink } from './main-link.ts';
import type { Models } from './models/models.ts';
import { HostPermits } from './permits/host-permits.ts';
import { beingMadeRefusal, storageBehindRefusal, unstoredSessionRefusal } from './refusals.ts';
import { createResident, type MailboxItem, type Resident } from './resident.ts';
import { ResidentActivation } from './resident-activation.ts';
import { ResidentCutOff } from './resident-cut-off.ts';
import { ResidentGiving } from './resident-giving.ts';
import { ResidentMailboxes } from './resident-mailboxes.ts';
import { ResidentSweep } from './resident-sweep.ts';
import { Session } from './session/session.ts';
import type { SessionDependencies } from './session/session-dependencies.ts';
import { SpendingLedger } from './spending-ledger.ts';
import { HostMetrics } from './thread-metrics.ts';
import { WriteBuffer } from './write-buffer.ts';

/** How long a drain waits for turns to end. */
export const drainTurnsMs = 10_000;

export type HostDependencies = {
  host: number;
  mainLink: MainLink;
  persistence: MessagePort;
  config: HostConfig;
  models: Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;
  sandboxes: Pick<SandboxSources, 'sourceFor' | 'remove' | 'close' | 'warmCount'>;
  openSnapshots?: OpenSnapshots | undefined;
  git: GrantsGit;
  hostStatus: Pick<HostStatus, 'markWorking' | 'markIdle'>;
  now(): number;
};

export class Host {
  readonly #dependencies: HostDependencies;
  readonly #writeBuffer: WriteBuffer;
  readonly #keptFiles: KeptFiles;
  readonly #sessionDependencies: SessionDependencies;
  readonly #residents = new Map<string, Resident>();
  readonly #mailboxes: ResidentMailboxes;
  readonly #activation: ResidentActivation;
  readonly #cutOff: ResidentCutOff;
  readonly #giving: ResidentGiving;
  readonly #metrics: HostMetrics;
  readonly #permits: HostPermits;
  readonly #sweep: ResidentSweep;
  readonly #finished = Promise.withResolvers<void>();
  readonly #spending: SpendingLedger;
  #isDraining = false;

  constructor(dependencies: HostDependencies) {
    this.#dependencies = dependencies;
    const { host, mainLink, persistence, hostStatus, sandboxes, now } = dependencies;
    this.#metrics = new HostMetrics(host, {
      sessions: () => this.#residents.size,
      mailboxDepth: () => this.#residents.values().reduce((sum, { mailbox }) => sum + mailbox.depth, 0),
      uncommitted: () => this.#writeBuffer.uncommittedCount,
      sandboxesHeld: () => this.#residents.values().reduce((sum, { hasSandbox }) => sum + Number(hasSandbox), 0),
      sandboxesWarm: () => sandboxes.warmCount,
    });
    this.#writeBuffer = new WriteBuffer((writes) =>
      persistence.postMessage({ kind: 'writes', writes } satisfies ToPersistence),
    );
    this.#keptFiles = new KeptFiles(persistence);
    this.#permits = new HostPermits(host, (word) => mainLink.post({ kind: 'permit', word }));
    this.#spending = new SpendingLedger(
      (wanted) => persistence.postMessage({ kind: 'spending', ...wanted } satisfies ToPersistence),
      (sessionId) => persistence.postMessage({ kind: 'spendingEnds', sessionId } satisfies ToPersistence),
    );
    this.#sessionDependencies = {
      ...dependencies,
      config: { ...dependencies.config },
      keptFiles: this.#keptFiles,
      spending: this.#spending,
      writeBuffer: this.#writeBuffer,
      counts: this.#metrics,
      permits: this.#permits,
      sendTransient: (sessionId, frame) => mainLink.post({ kind: 'transient', sessionId, frame }),
      tellQueuePosition: (sessionId, position) => mainLink.post({ kind: 'queued', sessionId, position }),
      log: (entry) => mainLink.log(entry),
    };
    const residents = this.#residents;
    const writeBuffer = this.#writeBuffer;
    this.#mailboxes = new ResidentMailboxes({ residents, writeBuffer, mainLink, hostStatus });
    this.#activation = new ResidentActivation({
      residents,
      mailboxes: this.#mailboxes,
      mainLink,
      persistence,
      sessionDependencies: this.#sessionDependencies,
    });
    this.#giving = new ResidentGiving({ residents, mailboxes: this.#mailboxes, mainLink, persistence });
    this.#cutOff = new ResidentCutOff({ residents, mailboxes: this.#mailboxes, mainLink, hostStatus });
    this.#sweep = new ResidentSweep({ residents, hostStatus, now });
  }

  start(): void {
    const { mainLink, persistence } = this.#dependencies;
    this.#sweep.start({
      onUnneeded: (sessionId, session) => this.#activation.passivateSession(sessionId, session),
      onEnded: (sessionId) => this.#residents.delete(sessionId),
      onSandboxes: (held) => mainLink.post({ kind: 'sandboxes', held }),
    });
    mainLink.start((message) => this.#receiveFromMain(message));
    persistence.on('message', (message: FromPersistence) => this.#receiveFromPersistence(message));
  }

  /** Resolves when the host has drained. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  #receiveFromMain(message: ToHost): void {
    switch (message.kind) {
      case 'create':
        return this.#createSession(message);
      case 'command':
        if (this.#writeBuffer.isFull) return this.#refuseCommand(message, message.replyTo, storageBehindRefusal);
        return this.#enqueue(message, message.replyTo, (session) => session.takeCommand(message.command));
      case 'clients':
        return this.#changeClients(message);
      case 'viewers':
        return this.#changeViewers(message);
      case 'secrets':
        return this.#activation.receiveSecrets(message.sessionId, message.secrets);
      case 'giveUp':
        return this.#activation.giveUpSession(message.sessionId, message.failure);
      case 'abandon':
        return this.#cutOff.abandonSessions();
      case 'letGo':
        return this.#letGo(message.atOnce);
      case 'workspace':
        if (!message.mayWake && !this.#residents.has(message.sessionId))
          return this.#dependencies.mainLink.reply(message.replyTo, sessionRests);
        return this.#enqueue(message, message.replyTo, async (session) => {
          const answer = await session.answerRequest(message.request, message.mayWake);
          return answer.ok ? succeeded({ kind: 'workspace', answer: answer.value }) : answer;
        });
      case 'measure':
        return void this.#measure(message);
      case 'describe':
        return void this.#describe(message);
      case 'permit':
        return this.#permits.receive(message.answer);
      case 'metrics':
        return void this.#metrics
          .collectMetrics()
          .then((metrics) =>
            this.#dependencies.mainLink.reply(message.replyTo, succeeded({ kind: 'metrics', metrics })),
          );
      case 'drain':
        return void this.#drainSessions(message.replyTo, message.handsOver === true);
    }
  }

  #receiveFromPersistence(message: FromPersistence): void {
    switch (message.kind) {
      case 'committed':
        for (let at = 0; at < message.positions.length; at += 2)
          this.#residents
            .get(message.positions[at] as string)
            ?.session?.confirmCommitted(message.positions[at + 1] as number);
        return this.#settleWrites(message.writes);
      case 'fenced':
        for (const sessionId of message.sessionIds) this.#cutOff.cutOffSession(sessionId, 'fenced');
        return;
      case 'gone':
        for (const sessionId of message.sessionIds) this.#cutOff.cutOffSession(sessionId, 'deleted');
        return;
      case 'refused':
        return this.#cutOff.receiveRefusal(message);
      case 'replaced':
        return this.#residents.get(message.event.sessionId)?.session?.acceptSubstitute(message.event);
      case 'file':
        return this.#keptFiles.receiveAnswer(message);
      case 'spending':
        return this.#spending.receive(message, message.spending);
      case 'given':
        return this.#giving.receiveGiven(message.sessionId);
      case 'activated':
        return this.#activation.receiveActivation(message.sessionId, message.outcome);
    }
  }

  #createSession(message: Extract<ToHost, { kind: 'create' }>): void {
    const { identity, settings, clients, autoStart, commandId, replyTo, secrets, sealedSecrets } = message;
    if (this.#isDraining) return this.#dependencies.mainLink.reply(replyTo, goingAway);
    if (this.#writeBuffer.isFull) return this.#dependencies.mainLink.reply(replyTo, storageBehindRefusal);
    this.#forgetEnded(identity.sessionId);
    if (this.#residents.has(identity.sessionId)) return this.#dependencies.mainLink.reply(replyTo, beingMadeRefusal);
    const begins = clients > 0 || autoStart;
    const record: SessionRecord = {
      ...identity,
      settings,
      epoch: 1,
      state: begins ? 'live' : 'created',
      createdAtMs: this.#dependencies.now(),
    };
    const caller = { clients, viewers: 0, secrets };
    const session = Session.create(this.#sessionDependencies, record, { ...caller, commandId, sealedSecrets });
    this.#residents.set(identity.sessionId, createResident(session, { clients, viewers: 0 }));
    this.#mailboxes.runMarked(identity.sessionId, () => session.start(begins));
    const reply = (isStored: boolean) =>
      this.#dependencies.mainLink.reply(replyTo, isStored ? succeeded({ kind: 'created' }) : unstoredSessionRefusal);
    void session.waitUntilOpened().then(reply);
  }

  /** A session that isn't on this host leaves the directory too: nothing else would take it out. */
  #refuseCommand({ sessionId }: SessionAddress, replyTo: number, refusal: Outcome<never>): void {
    this.#dependencies.mainLink.reply(replyTo, refusal);
    if (!this.#residents.has(sessionId)) this.#dependencies.mainLink.post({ kind: 'passivated', sessionId });
  }

  /** Puts something to do into the session's mailbox, activating it first where it isn't in memory. */
  #enqueue(address: SessionAddress, replyTo: number, act: MailboxItem['act']): void {
    if (this.#isDraining) return this.#dependencies.mainLink.reply(replyTo, goingAway);
    this.#mailboxes.enqueue(this.#activation.ensureResident(address), { replyTo, act });
  }

  async #measure({ sessionId, replyTo }: Extract<ToHost, { kind: 'measure' }>): Promise<void> {
    const session = this.#residents.get(sessionId)?.session;
    const resources = (await session?.measureResources()) ?? noResources;
    this.#dependencies.mainLink.reply(replyTo, succeeded({ kind: 'resources', resources }));
  }

  async #describe({ sessionId, replyTo }: Extract<ToHost, { kind: 'describe' }>): Promise<void> {
    const now = (await this.#residents.get(sessionId)?.session?.describeNow()) ?? null;
    this.#dependencies.mainLink.reply(replyTo, succeeded({ kind: 'now', now }));
  }

  #changeClients(address: SessionAddress): void {
    if (this.#isDraining && !this.#residents.has(address.sessionId)) return; // The next engine activates it.
    const resident = this.#activation.ensureResident(address);
    resident.clients = address.clients;
    this.#mailboxes.runMarked(address.sessionId, () => resident.session?.changeClients(address.clients));
  }

  /** Those who come back to a session within its grace find it elsewhere then. */
  #letGo(atOnce: boolean): void {
    this.#sessionDependencies.config.reconnectGraceMs = atOnce ? 0 : this.#dependencies.config.reconnectGraceMs;
    for (const resident of this.#residents.values()) resident.lookAgainAtMs = 0;
  }

  #changeViewers({ sessionId, viewers }: SessionAddress): void {
    const resident = this.#residents.get(sessionId);
    if (!resident) return;
    resident.viewers = viewers;
    resident.session?.changeViewers(viewers);
  }

  #settleWrites(writes: number): void {
    const wasFull = this.#writeBuffer.isFull;
    this.#writeBuffer.settleWrites(writes);
    if (wasFull && !this.#writeBuffer.isFull) this.#mailboxes.runMailboxes();
  }

  /** Forgets an ended session at once: after its chat is deleted, a request with the same key makes a new one under its id. */
  #forgetEnded(sessionId: string): void {
    const session = this.#residents.get(sessionId)?.session;
    if (session?.hasEnded && !session.hasUncommitted) this.#residents.delete(sessionId);
  }

  /**
   * Each session is given away once it rests; turns get a while to end, and all that was recorded is stored.
   * @param handsOver whether a turn gets no further than the end of its step, since others go on with it
   */
  async #drainSessions(replyTo: number, handsOver: boolean): Promise<void> {
    this.#isDraining = true;
    this.#activation.stopActivating();
    this.#sweep.stop();
    const sessions = [...this.#residents.values()].flatMap(({ session }) => session ?? []);
    const { promise: isLate, resolve: endWaiting } = Promise.withResolvers<void>();
    const timer = setTimeout(endWaiting, drainTurnsMs);
    const drained = sessions.map(async (session) => {
      await Promise.race([session.waitUntilIdle(handsOver), isLate]);
      await this.#giving.passivateAndGive(session, handsOver);
    });
    await Promise.all([...drained, this.#activation.waitUntilPassivated()]);
    clearTimeout(timer);
    await Promise.all([this.#writeBuffer.waitUntilEmpty(), this.#dependencies.sandboxes.close()]);
    for (const resident of this.#residents.values()) this.#mailboxes.refuseWaiting(resident, goingAway);
    this.#residents.clear();
    this.#dependencies.mainLink.reply(replyTo, succeeded({ kind: 'drained' }));
    setImmediate(() => this.#finished.resolve());
  }
}
