// A host: one worker thread's session actors, their mailboxes, and the two ports that connect them to the ring.
import type { MessagePort } from 'node:worker_threads';
import type { GitProxy } from '../sandbox/git/git-proxy.ts';
import type { SandboxSources } from '../sandbox/open-sources.ts';
import { elsewhere, type Failure, failed, goingAway, type Outcome, succeeded } from '../schema/error.ts';
import { limits } from '../schema/limits.ts';
import type { LogEntry, LogEvent } from '../schema/log.ts';
import { needsSecrets, noSecrets, type SessionRecord, type SessionSecrets } from '../schema/session.ts';
import type {
  Activation,
  Address,
  FromHost,
  FromPersistence,
  HostConfig,
  Reply,
  ToHost,
  ToPersistence,
} from '../schema/thread.ts';
import type { HostStatus } from './host-status.ts';
import type { Mailbox } from './mailbox.ts';
import type { Models } from './models/models.ts';
import {
  beingMadeRefusal,
  chatDeletedRefusal,
  mailboxFullRefusal,
  storageBehindRefusal,
  unstorableEventRefusal,
  unstoredSessionRefusal,
} from './refusals.ts';
import { createResident, type MailboxItem, type Resident } from './resident.ts';
import { recordGivenUpSession } from './session/record-given-up-session.ts';
import { Session } from './session/session.ts';
import type { SessionDependencies } from './session/session-dependencies.ts';
import { HostMetrics } from './thread-metrics.ts';
import { WriteBuffer } from './write-buffer.ts';

export type HostDependencies = {
  host: number;
  mainThread: MessagePort;
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
  /** Sessions that are being unloaded: their next activation waits until their sandbox is given back. */
  readonly #passivating = new Map<string, Promise<void>>();
  readonly #metrics: HostMetrics;
  readonly #sweepTimer: NodeJS.Timeout;
  #gatheredMessages: FromHost[] = [];
  #isDraining = false;
  #sandboxesReported = 0;
  #resolveFinished: () => void = () => undefined;
  /** Resolves when the host has drained. */
  readonly finished: Promise<void>;

  constructor(parts: HostDependencies) {
    this.#dependencies = parts;
    this.#writeBuffer = new WriteBuffer((writes) =>
      parts.persistence.postMessage({ kind: 'writes', sendWrites: writes } satisfies ToPersistence),
    );
    this.#sessionDependencies = {
      ...parts,
      writeBuffer: this.#writeBuffer,
      sendTransient: (sessionId, frame) => this.#postToMain({ kind: 'live', sessionId, frame }),
      log: (entry) => this.#log(entry),
    };
    this.#metrics = new HostMetrics(parts.host, {
      sessions: () => this.#residents.size,
      mailboxDepth: () => this.#residents.values().reduce((sum, { mailbox }) => sum + mailbox.depth, 0),
      uncommitted: () => this.#writeBuffer.uncommittedCount,
    });
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
    this.#sweepTimer = setInterval(() => this.#sweepSessions(), limits.sweepIntervalMs);
    parts.mainThread.on('message', (messages: ToHost[]) => {
      for (const message of messages) this.#receiveFromMain(message);
    });
    parts.persistence.on('message', (message: FromPersistence) => this.#receiveFromPersistence(message));
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
          .then((metrics) => this.#reply(message.replyTo, succeeded({ kind: 'metrics', metrics })));
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
        for (const sessionId of message.sessionIds) this.#fenceSession(sessionId);
        return;
      case 'gone':
        for (const sessionId of message.sessionIds) this.#loseSession(sessionId, chatDeletedRefusal.failure);
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
    if (this.#isDraining) return this.#reply(replyTo, goingAway);
    if (this.#writeBuffer.isFull) return this.#reply(replyTo, storageBehindRefusal);
    this.#forgetEnded(identity.sessionId);
    if (this.#residents.has(identity.sessionId)) return this.#reply(replyTo, beingMadeRefusal);
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
      this.#reply(replyTo, isStored ? succeeded({ kind: 'created' }) : unstoredSessionRefusal);
    void session.waitUntilOpened().then(reply);
  }

  /** A session that isn't here leaves the directory too: nothing else would ever take it out. */
  #refuseCommand({ sessionId }: Address, replyTo: number, refusal: Outcome<never>): void {
    this.#reply(replyTo, refusal);
    if (!this.#residents.has(sessionId)) this.#postToMain({ kind: 'passivated', sessionId });
  }

  /** Puts something to do into the session's mailbox, activating it first where it isn't in memory. */
  #enqueue(address: Address, replyTo: number, act: MailboxItem['act']): void {
    if (this.#isDraining) return this.#reply(replyTo, goingAway);
    const resident = this.#ensureResident(address);
    if (!resident.mailbox.enqueue({ replyTo, act })) return this.#reply(replyTo, mailboxFullRefusal);
    this.#runMailbox(resident);
  }

  /** Takes from a mailbox what can be taken: its actor must be there, and persistence not too far behind. */
  #runMailbox(resident: Resident): void {
    const { session } = resident;
    while (session && !this.#writeBuffer.isFull) {
      const item = resident.mailbox.dequeue();
      if (!item) return;
      this.#runMarked(session.record.sessionId, () => {
        const answer = item.act(session).catch((bug) => this.logError('request.bug', bug));
        void answer.then((outcome) => this.#reply(item.replyTo, outcome ?? failed('internal', 'The engine failed.')));
      });
    }
  }

  /** Notes that the session is at work before it does anything: what kills the host at once must be known too. */
  #runMarked(sessionId: string, act: () => void): void {
    const { hostStatus: vitalSigns } = this.#dependencies;
    vitalSigns.markWorking(sessionId);
    act();
    const resident = this.#residents.get(sessionId);
    if (resident) resident.lookAgainAtMs = 0;
    if (resident?.session?.isIdle !== false) vitalSigns.markIdle(sessionId);
  }

  #changeClients(address: Address): void {
    if (this.#isDraining && !this.#residents.has(address.sessionId)) return; // It is the next engine's.
    const resident = this.#ensureResident(address);
    resident.clients = address.clients;
    this.#runMarked(address.sessionId, () => resident.session?.changeClients(address.clients));
  }

  #ensureResident({ sessionId, clients }: Address): Resident {
    const known = this.#residents.get(sessionId);
    if (known) return known;
    const resident = createResident(undefined, clients);
    this.#residents.set(sessionId, resident);
    void this.#requestActivation(sessionId);
    return resident;
  }

  /** Behind what the outbox has gathered for the session, and behind the release of its sandbox. */
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
      return this.#postToMain({ kind: 'secretsWanted', sessionId });
    }
    this.#residents.delete(sessionId);
    const refusal = resident.givenUp ? { ok: false as const, failure: resident.givenUp } : goingAway;
    this.#refuseWaiting(resident.mailbox, outcome.ok ? refusal : outcome);
    if (outcome.ok || outcome.failure.code === 'sessionEnded') this.#postToMain({ kind: 'passivated', sessionId });
    else this.#postToMain({ kind: 'lost', sessionId, failure: outcome.failure });
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

  /** Claims the session only to record its end: its rows are not made an actor of, since that may be what kills. */
  #giveUpSession(sessionId: string, failure: Failure): void {
    this.#ensureResident({ sessionId, clients: 0 }).givenUp = failure;
  }

  #refuseWaiting(mailbox: Mailbox<MailboxItem>, refusal: Outcome<never>): void {
    for (let item = mailbox.dequeue(); item; item = mailbox.dequeue()) this.#reply(item.replyTo, refusal);
  }

  /** Another owner has it. Its clients would hear nothing more here: they are told to come back, to whoever that is. */
  #fenceSession(sessionId: string): void {
    if (this.#dropResident(sessionId)) this.#postToMain({ kind: 'lost', sessionId, failure: elsewhere.failure });
  }

  #dropResident(sessionId: string): boolean {
    const resident = this.#residents.get(sessionId);
    if (!resident?.session) return false;
    this.#residents.delete(sessionId);
    this.#dependencies.hostStatus.markIdle(sessionId);
    resident.session.cutOff();
    this.#log({ level: 'warn', event: 'session.fenced', fields: { sessionId } });
    this.#refuseWaiting(resident.mailbox, elsewhere);
    return true;
  }

  /** What is only being made is nobody else's yet, and what is only being claimed is claimed anew. */
  #abandonSessions(): void {
    for (const [sessionId, { session }] of this.#residents) if (session?.isOpened) this.#fenceSession(sessionId);
  }

  /** The session itself, which then doesn't exist; or an event in whose place nothing could be stored either. */
  #receiveRefusal({ sessionId, sequence, reason }: Extract<FromPersistence, { kind: 'refused' }>): void {
    this.#log({ level: 'error', event: 'event.refused', fields: { sessionId, sequence, reason } });
    if (sequence > 0) this.#loseSession(sessionId, unstorableEventRefusal.failure);
    else if (this.#dropResident(sessionId)) this.#postToMain({ kind: 'passivated', sessionId }); // Whoever makes it hears so.
  }

  /** Its actor ends here, and its clients hear why: what it would do from now on could not be stored. */
  #loseSession(sessionId: string, failure: Failure): void {
    const resident = this.#residents.get(sessionId);
    if (!resident?.session) return;
    this.#residents.delete(sessionId);
    resident.session.cutOff(failure);
    this.#refuseWaiting(resident.mailbox, { ok: false, failure });
    this.#log({ level: 'warn', event: 'session.gone', fields: { sessionId, code: failure.code } });
    this.#postToMain({ kind: 'lost', sessionId, failure });
  }

  #settleWrites(writes: number): void {
    const wasFull = this.#writeBuffer.isFull;
    this.#writeBuffer.settleWrites(writes);
    if (wasFull && !this.#writeBuffer.isFull)
      for (const resident of this.#residents.values()) this.#runMailbox(resident);
  }

  #sweepSessions(): void {
    const nowMs = this.#dependencies.now();
    let held = 0;
    for (const [sessionId, resident] of this.#residents) {
      if (resident.lookAgainAtMs <= nowMs) this.#sweepResident(sessionId, resident, nowMs);
      if (resident.hasSandbox && this.#residents.has(sessionId)) held++;
    }
    this.#reportSandboxes(held);
  }

  #sweepResident(sessionId: string, resident: Resident, nowMs: number): void {
    const { session, mailbox } = resident;
    if (!session) return;
    session.endOverdueTurn();
    resident.hasSandbox = session.hasSandbox;
    if (session.isIdle) this.#dependencies.hostStatus.markIdle(sessionId);
    this.#forgetEnded(sessionId);
    const passivatesAtMs = mailbox.depth === 0 ? session.passivatesAtMs : undefined;
    if (passivatesAtMs === undefined) return;
    resident.lookAgainAtMs = passivatesAtMs;
    if (passivatesAtMs <= nowMs) this.#passivateResident(sessionId, session);
  }

  /** By its key a session is made anew once the chat of the one before is deleted. */
  #forgetEnded(sessionId: string): void {
    const session = this.#residents.get(sessionId)?.session;
    if (session?.hasEnded && !session.hasUncommitted) this.#residents.delete(sessionId);
  }

  #reportSandboxes(held: number): void {
    if (held !== this.#sandboxesReported) this.#postToMain({ kind: 'sandboxes', held });
    this.#sandboxesReported = held;
  }

  #passivateResident(sessionId: string, session: Session): void {
    this.#residents.delete(sessionId);
    this.#passivating.set(
      sessionId,
      session.passivate().then(() => this.#finishPassivating(sessionId)),
    );
  }

  /** Only now may another host have it: its sandbox is given back. Who came back meanwhile waits here. */
  #finishPassivating(sessionId: string): void {
    this.#passivating.delete(sessionId);
    if (!this.#residents.has(sessionId)) this.#postToMain({ kind: 'passivated', sessionId });
  }

  /** Turns get a while to end; then every actor is unloaded, and all it recorded is stored. */
  async #drainSessions(replyTo: number): Promise<void> {
    this.#isDraining = true;
    clearInterval(this.#sweepTimer);
    const sessions = [...this.#residents.values()].flatMap(({ session }) => session ?? []);
    const allRested = Promise.all(sessions.map((session) => session.waitUntilIdle()));
    await Promise.race([allRested, new Promise((resolve) => setTimeout(resolve, limits.drainTurnsMs))]);
    await Promise.all([...sessions.map((session) => session.passivate()), ...this.#passivating.values()]);
    await Promise.all([this.#writeBuffer.waitUntilEmpty(), this.#dependencies.sandboxes.close()]);
    for (const { mailbox } of this.#residents.values()) this.#refuseWaiting(mailbox, goingAway);
    this.#residents.clear();
    this.#reply(replyTo, succeeded({ kind: 'drained' }));
    setImmediate(() => this.#resolveFinished());
  }

  /** What went wrong where nobody waits for an answer: something threw that never should, or could not be given back. */
  logError(event: LogEvent, reason: unknown): void {
    const error = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    this.#log({ level: 'error', event, fields: { error } });
  }

  #reply(replyTo: number, outcome: Outcome<Reply>): void {
    this.#postToMain({ kind: 'reply', replyTo, outcome });
  }

  #log(entry: LogEntry): void {
    this.#postToMain({ kind: 'log', entry });
  }

  /** Messages to the gateway travel in arrays, one post per turn of the event loop. */
  #postToMain(message: FromHost): void {
    if (this.#gatheredMessages.push(message) > 1) return;
    setImmediate(() => {
      this.#dependencies.mainThread.postMessage(this.#gatheredMessages);
      this.#gatheredMessages = [];
    });
  }
}
