// A host: one worker thread's session actors and their mailboxes, between the main thread and the persistence actor.
import type { MessagePort } from 'node:worker_threads';
import type { GitProxy } from '../sandbox/git/git-proxy.ts';
import type { SandboxSources } from '../sandbox/open-sources.ts';
import { waitWithin } from '../sandbox/scheduling/wait-within.ts';
import { type Failure, failed, goingAway, type Outcome, succeeded } from '../schema/error.ts';
import type { LogEntry, LogEvent } from '../schema/log.ts';
import { needsSecrets, noSecrets, type SessionRecord, type SessionSecrets } from '../schema/session.ts';
import { type CutOffName, endings } from '../schema/session-endings.ts';
import type {
  Activation,
  FromPersistence,
  HostConfig,
  SessionAddress,
  ToHost,
  ToPersistence,
} from '../schema/thread.ts';
import type { HostStatus } from './host-status.ts';
import type { Mailbox } from './mailbox.ts';
import type { MainLink } from './main-link.ts';
import type { Models } from './models/models.ts';
import {
  beingMadeRefusal,
  cutOffRefusals,
  mailboxFullRefusal,
  storageBehindRefusal,
  unstoredSessionRefusal,
} from './refusals.ts';
import { createResident, type MailboxItem, type Resident } from './resident.ts';
import { ResidentSweep } from './resident-sweep.ts';
import { recordGivenUpSession } from './session/record-given-up-session.ts';
import { Session } from './session/session.ts';
import type { SessionDependencies } from './session/session-dependencies.ts';
import { HostMetrics } from './thread-metrics.ts';
import { WriteBuffer } from './write-buffer.ts';

/** What turns get of a drain. */
export const drainTurnsMs = 10_000;

export type HostDependencies = {
  host: number;
  mainLink: MainLink;
  persistence: MessagePort;
  config: HostConfig;
  models: Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;
  sandboxes: Pick<SandboxSources, 'sourceFor' | 'remove' | 'close'>;
  git: Pick<GitProxy, 'grant'>;
  hostStatus: Pick<HostStatus, 'markWorking' | 'markIdle'>;
  now(): number;
};

export class Host {
  readonly #dependencies: HostDependencies;
  readonly #writeBuffer: WriteBuffer;
  readonly #sessionDependencies: SessionDependencies;
  readonly #residents = new Map<string, Resident>();
  /** Sessions that are being passivated: their next activation waits until their sandbox is given back. */
  readonly #passivating = new Map<string, Promise<void>>();
  readonly #metrics: HostMetrics;
  readonly #sweep: ResidentSweep;
  readonly #finished = Promise.withResolvers<void>();
  #isDraining = false;

  constructor(dependencies: HostDependencies) {
    this.#dependencies = dependencies;
    const { host, mainLink, persistence, hostStatus, now } = dependencies;
    this.#writeBuffer = new WriteBuffer((writes) =>
      persistence.postMessage({ kind: 'writes', writes } satisfies ToPersistence),
    );
    this.#sessionDependencies = {
      ...dependencies,
      writeBuffer: this.#writeBuffer,
      sendTransient: (sessionId, frame) => mainLink.post({ kind: 'transient', sessionId, frame }),
      log: (entry) => mainLink.log(entry),
    };
    this.#metrics = new HostMetrics(host, {
      sessions: () => this.#residents.size,
      mailboxDepth: () => this.#residents.values().reduce((sum, { mailbox }) => sum + mailbox.depth, 0),
      uncommitted: () => this.#writeBuffer.uncommittedCount,
    });
    this.#sweep = new ResidentSweep({ residents: this.#residents, hostStatus, now });
  }

  start(): void {
    const { mainLink, persistence } = this.#dependencies;
    this.#sweep.start({
      onUnneeded: (sessionId, session) => this.#passivateResident(sessionId, session),
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
      case 'secrets':
        return this.#receiveSecrets(message.sessionId, message.secrets);
      case 'giveUp':
        return this.#giveUpSession(message.sessionId, message.failure);
      case 'abandon':
        return this.#abandonSessions();
      case 'listFiles':
        return this.#enqueue(message, message.replyTo, async (session) => {
          const tree = await session.listFiles();
          return tree.ok ? succeeded({ kind: 'tree', tree: tree.value }) : tree;
        });
      case 'readFile':
        return this.#enqueue(message, message.replyTo, async (session) => {
          const file = await session.readFile(message.path, message.part);
          return file.ok ? succeeded({ kind: 'file', file: file.value }) : file;
        });
      case 'metrics':
        return void this.#metrics
          .collectMetrics()
          .then((metrics) =>
            this.#dependencies.mainLink.reply(message.replyTo, succeeded({ kind: 'metrics', metrics })),
          );
      case 'drain':
        return void this.#drainSessions(message.replyTo);
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
        for (const sessionId of message.sessionIds) this.#cutOffSession(sessionId, 'fenced');
        return;
      case 'gone':
        for (const sessionId of message.sessionIds) this.#cutOffSession(sessionId, 'deleted');
        return;
      case 'refused':
        return this.#receiveRefusal(message);
      case 'replaced':
        return this.#residents.get(message.event.sessionId)?.session?.acceptSubstitute(message.event);
      case 'activated':
        return this.#receiveActivation(message.sessionId, message.outcome);
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
    const session = Session.create(this.#sessionDependencies, record, { commandId, clients, secrets, sealedSecrets });
    this.#residents.set(identity.sessionId, createResident(session, clients));
    this.#runMarked(identity.sessionId, () => session.start(begins));
    const reply = (isStored: boolean) =>
      this.#dependencies.mainLink.reply(replyTo, isStored ? succeeded({ kind: 'created' }) : unstoredSessionRefusal);
    void session.waitUntilOpened().then(reply);
  }

  /** A session that isn't on this host leaves the directory too: nothing else would ever take it out. */
  #refuseCommand({ sessionId }: SessionAddress, replyTo: number, refusal: Outcome<never>): void {
    this.#dependencies.mainLink.reply(replyTo, refusal);
    if (!this.#residents.has(sessionId)) this.#dependencies.mainLink.post({ kind: 'passivated', sessionId });
  }

  /** Puts something to do into the session's mailbox, activating it first where it isn't in memory. */
  #enqueue(address: SessionAddress, replyTo: number, act: MailboxItem['act']): void {
    if (this.#isDraining) return this.#dependencies.mainLink.reply(replyTo, goingAway);
    const resident = this.#ensureResident(address);
    if (!resident.mailbox.enqueue({ replyTo, act }))
      return this.#dependencies.mainLink.reply(replyTo, mailboxFullRefusal);
    this.#runMailbox(resident);
  }

  /** Does what waits in a mailbox, while the session's actor is in memory and persistence isn't too far behind. */
  #runMailbox(resident: Resident): void {
    const { session } = resident;
    while (session && !this.#writeBuffer.isFull) {
      const item = resident.mailbox.dequeue();
      if (!item) return;
      this.#runMarked(session.record.sessionId, () => {
        const answer = item.act(session).catch((bug) => this.#dependencies.mainLink.logError('request.bug', bug));
        void answer.then((outcome) =>
          this.#dependencies.mainLink.reply(item.replyTo, outcome ?? failed('internal', 'The engine failed.')),
        );
      });
    }
  }

  /** Notes that the session is at work before it does anything: the note is there even if that kills the host at once. */
  #runMarked(sessionId: string, act: () => void): void {
    const { hostStatus } = this.#dependencies;
    hostStatus.markWorking(sessionId);
    act();
    const resident = this.#residents.get(sessionId);
    if (resident) resident.lookAgainAtMs = 0;
    if (resident?.session?.isIdle !== false) hostStatus.markIdle(sessionId);
  }

  #changeClients(address: SessionAddress): void {
    if (this.#isDraining && !this.#residents.has(address.sessionId)) return; // The next engine activates it.
    const resident = this.#ensureResident(address);
    resident.clients = address.clients;
    this.#runMarked(address.sessionId, () => resident.session?.changeClients(address.clients));
  }

  #ensureResident({ sessionId, clients }: SessionAddress): Resident {
    const known = this.#residents.get(sessionId);
    if (known) return known;
    const resident = createResident(undefined, clients);
    this.#residents.set(sessionId, resident);
    void this.#requestActivation(sessionId);
    return resident;
  }

  /** Asks for the session after its writes are posted and its sandbox is released. */
  async #requestActivation(sessionId: string): Promise<void> {
    await this.#passivating.get(sessionId);
    const claim: ToPersistence = { kind: 'activate', sessionId };
    setImmediate(() => this.#dependencies.persistence.postMessage(claim));
  }

  #receiveActivation(sessionId: string, outcome: Outcome<Activation>): void {
    const resident = this.#residents.get(sessionId);
    if (!resident) return;
    if (outcome.ok && resident.givenUp) {
      recordGivenUpSession(outcome.value, resident.givenUp, {
        writeBuffer: this.#writeBuffer,
        now: this.#dependencies.now,
      });
    } else if (outcome.ok && !this.#isDraining) {
      if (!needsSecrets(outcome.value.record.settings)) return this.#restoreSession(resident, outcome.value, noSecrets);
      resident.activation = outcome.value;
      return this.#dependencies.mainLink.post({ kind: 'secretsWanted', sessionId });
    }
    this.#residents.delete(sessionId);
    const refusal = resident.givenUp ? { ok: false as const, failure: resident.givenUp } : goingAway;
    this.#refuseWaiting(resident.mailbox, outcome.ok ? refusal : outcome);
    if (outcome.ok || outcome.failure.code === 'sessionEnded')
      this.#dependencies.mainLink.post({ kind: 'passivated', sessionId });
    else this.#dependencies.mainLink.post({ kind: 'lost', sessionId, failure: outcome.failure });
  }

  #receiveSecrets(sessionId: string, secrets: SessionSecrets): void {
    const resident = this.#residents.get(sessionId);
    resident?.session?.takeSecrets(secrets);
    if (resident?.activation && !resident.session) this.#restoreSession(resident, resident.activation, secrets);
  }

  #restoreSession(resident: Resident, activation: Activation, secrets: SessionSecrets): void {
    delete resident.activation;
    const { clients } = resident;
    this.#runMarked(activation.record.sessionId, () => {
      resident.session = Session.restore(this.#sessionDependencies, activation, { secrets, clients });
      resident.session.start(resident.clients > 0);
    });
    this.#runMailbox(resident);
  }

  /** Claims the session only to record its end: making an actor of its rows may be what kills the host. */
  #giveUpSession(sessionId: string, failure: Failure): void {
    this.#ensureResident({ sessionId, clients: 0 }).givenUp = failure;
  }

  #refuseWaiting(mailbox: Mailbox<MailboxItem>, refusal: Outcome<never>): void {
    for (let item = mailbox.dequeue(); item; item = mailbox.dequeue())
      this.#dependencies.mainLink.reply(item.replyTo, refusal);
  }

  /** Cuts off every session that is stored: one that is being created has no other owner, one that is being claimed is claimed anew. */
  #abandonSessions(): void {
    for (const [sessionId, { session }] of this.#residents)
      if (session?.isOpened) this.#cutOffSession(sessionId, 'fenced');
  }

  /** PostgreSQL refused the session itself (sequence 0), or an event and what should stand in its place. */
  #receiveRefusal({ sessionId, sequence, reason }: Extract<FromPersistence, { kind: 'refused' }>): void {
    this.#log('error', 'event.refused', { sessionId, sequence, reason });
    this.#cutOffSession(sessionId, sequence > 0 ? 'unstorable' : 'neverStored');
  }

  /** Ends the session's actor, whatever it is doing; its clients and whoever waits for it hear why. */
  #cutOffSession(sessionId: string, ending: CutOffName): void {
    const { mainLink, hostStatus } = this.#dependencies;
    const resident = this.#residents.get(sessionId);
    if (!resident?.session) return;
    const { waiting } = cutOffRefusals[ending];
    this.#residents.delete(sessionId);
    hostStatus.markIdle(sessionId);
    resident.session.cutOff(ending);
    if (ending === 'deleted' || ending === 'unstorable')
      this.#log('warn', 'session.gone', { sessionId, code: waiting.failure.code });
    else this.#log('warn', 'session.fenced', { sessionId });
    this.#refuseWaiting(resident.mailbox, waiting);
    if (endings[ending].mainThreadHears === 'passivated') mainLink.post({ kind: 'passivated', sessionId });
    else mainLink.post({ kind: 'lost', sessionId, failure: waiting.failure });
  }

  #settleWrites(writes: number): void {
    const wasFull = this.#writeBuffer.isFull;
    this.#writeBuffer.settleWrites(writes);
    if (wasFull && !this.#writeBuffer.isFull)
      for (const resident of this.#residents.values()) this.#runMailbox(resident);
  }

  /** Forgets an ended session at once: after its chat is deleted, a request with the same key makes a new one under its id. */
  #forgetEnded(sessionId: string): void {
    const session = this.#residents.get(sessionId)?.session;
    if (session?.hasEnded && !session.hasUncommitted) this.#residents.delete(sessionId);
  }

  #passivateResident(sessionId: string, session: Session): void {
    this.#residents.delete(sessionId);
    this.#passivating.set(
      sessionId,
      session.passivate().then(() => this.#finishPassivating(sessionId)),
    );
  }

  /** The sandbox is given back, so another host may have the session, unless a client came back to this one meanwhile. */
  #finishPassivating(sessionId: string): void {
    this.#passivating.delete(sessionId);
    if (!this.#residents.has(sessionId)) this.#dependencies.mainLink.post({ kind: 'passivated', sessionId });
  }

  /** Turns get a while to end; then every actor is passivated, and all that it recorded is stored. */
  async #drainSessions(replyTo: number): Promise<void> {
    this.#isDraining = true;
    this.#sweep.stop();
    const sessions = [...this.#residents.values()].flatMap(({ session }) => session ?? []);
    const allRested = Promise.all(sessions.map((session) => session.waitUntilIdle()));
    await waitWithin(allRested, drainTurnsMs);
    await Promise.all([...sessions.map((session) => session.passivate()), ...this.#passivating.values()]);
    await Promise.all([this.#writeBuffer.waitUntilEmpty(), this.#dependencies.sandboxes.close()]);
    for (const { mailbox } of this.#residents.values()) this.#refuseWaiting(mailbox, goingAway);
    this.#residents.clear();
    this.#dependencies.mainLink.reply(replyTo, succeeded({ kind: 'drained' }));
    setImmediate(() => this.#finished.resolve());
  }

  #log(level: LogEntry['level'], event: LogEvent, fields: LogEntry['fields']): void {
    this.#dependencies.mainLink.log({ level, event, fields });
  }
}
