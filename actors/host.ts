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
import type { Mailbox } from './mailbox.ts';
import { HostMetrics } from './metrics.ts';
import type { Models } from './models/models.ts';
import { Outbox } from './outbox.ts';
import { isBehind, isBeingMade, isCrowded, isGone, isRefused, isUnstorable } from './refusals.ts';
import { type Item, newResident, type Resident } from './resident.ts';
import { recordGivenUp } from './session/given-up.ts';
import type { SessionPorts } from './session/ports.ts';
import { Session } from './session/session.ts';
import type { VitalSigns } from './vital-signs.ts';

export type HostParts = {
  host: number;
  gateway: MessagePort;
  persistence: MessagePort;
  config: HostConfig;
  models: Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;
  sandboxes: Pick<SandboxSources, 'sourceFor' | 'remove' | 'close'>;
  git: Pick<GitProxy, 'grant'>;
  vitalSigns: Pick<VitalSigns, 'markWorking' | 'markIdle'>;
  now(): number;
};

export class Host {
  readonly #parts: HostParts;
  readonly #outbox: Outbox;
  readonly #sessionPorts: SessionPorts;
  readonly #residents = new Map<string, Resident>();
  /** Sessions that are being unloaded: their next activation waits until their sandbox is given back. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #metrics: HostMetrics;
  readonly #sweep: NodeJS.Timeout;
  #outgoing: FromHost[] = [];
  #isDraining = false;
  #sandboxesTold = 0;
  #finish: () => void = () => undefined;
  /** Resolves when the host has drained. */
  readonly finished: Promise<void>;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#outbox = new Outbox((writes) =>
      parts.persistence.postMessage({ kind: 'writes', writes } satisfies ToPersistence),
    );
    this.#sessionPorts = {
      ...parts,
      outbox: this.#outbox,
      live: (sessionId, frame) => this.#tell({ kind: 'live', sessionId, frame }),
      log: (entry) => this.#log(entry),
    };
    this.#metrics = new HostMetrics(parts.host, {
      sessions: () => this.#residents.size,
      mailboxDepth: () => this.#residents.values().reduce((sum, { mailbox }) => sum + mailbox.depth, 0),
      uncommitted: () => this.#outbox.uncommitted,
    });
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#sweep = setInterval(() => this.#sweepSessions(), limits.sweepIntervalMs);
    parts.gateway.on('message', (messages: ToHost[]) => {
      for (const message of messages) this.#heardGateway(message);
    });
    parts.persistence.on('message', (message: FromPersistence) => this.#heardPersistence(message));
  }

  #heardGateway(message: ToHost): void {
    switch (message.kind) {
      case 'create':
        return this.#create(message);
      case 'command':
        if (this.#outbox.isFull) return this.#refuse(message, message.replyTo, isBehind);
        return this.#offer(message, message.replyTo, (session) => session.take(message.command));
      case 'clients':
        return this.#clientsChanged(message);
      case 'secrets':
        return this.#heardSecrets(message.sessionId, message.secrets);
      case 'giveUp':
        return this.#giveUp(message.sessionId, message.failure);
      case 'abandon':
        return this.#abandonAll();
      case 'listFiles':
        return this.#offer(message, message.replyTo, async (session) => {
          const tree = await session.listFiles();
          return tree.ok ? succeeded({ kind: 'tree', tree: tree.value }) : tree;
        });
      case 'readFile':
        return this.#offer(message, message.replyTo, async (session) => {
          const file = await session.readFile(message.path, message.part);
          return file.ok ? succeeded({ kind: 'file', file: file.value }) : file;
        });
      case 'metrics':
        return void this.#metrics
          .read()
          .then((metrics) => this.#reply(message.replyTo, succeeded({ kind: 'metrics', metrics })));
      case 'drain':
        return void this.#drain(message.replyTo);
    }
  }

  #heardPersistence(message: FromPersistence): void {
    switch (message.kind) {
      case 'committed':
        for (let at = 0; at < message.positions.length; at += 2)
          this.#residents.get(message.positions[at] as string)?.session?.committed(message.positions[at + 1] as number);
        return this.#settled(message.writes);
      case 'fenced':
        for (const sessionId of message.sessionIds) this.#fenced(sessionId);
        return;
      case 'gone':
        for (const sessionId of message.sessionIds) this.#lost(sessionId, isGone.failure);
        return;
      case 'refused':
        return this.#refused(message);
      case 'replaced':
        return this.#residents.get(message.event.sessionId)?.session?.replaced(message.event);
      case 'activated':
        return this.#activated(message.sessionId, message.outcome);
    }
  }

  #create(message: Extract<ToHost, { kind: 'create' }>): void {
    const { identity, settings, clients, autoStart, commandId, replyTo, secrets, sealedSecrets } = message;
    if (this.#isDraining) return this.#reply(replyTo, goingAway);
    if (this.#outbox.isFull) return this.#reply(replyTo, isBehind);
    this.#forgetEnded(identity.sessionId);
    if (this.#residents.has(identity.sessionId)) return this.#reply(replyTo, isBeingMade);
    const begins = clients > 0 || autoStart;
    const record: SessionRecord = {
      ...identity,
      settings,
      epoch: 1,
      state: begins ? 'live' : 'created',
      createdAtMs: this.#parts.now(),
    };
    const session = Session.create(this.#sessionPorts, record, { commandId, clients, secrets, sealedSecrets });
    this.#residents.set(identity.sessionId, newResident(session, clients));
    this.#noting(identity.sessionId, () => session.start(begins));
    const reply = (isStored: boolean) => this.#reply(replyTo, isStored ? succeeded({ kind: 'created' }) : isRefused);
    void session.opened().then(reply);
  }

  /** A session that isn't here leaves the directory too: nothing else would ever take it out. */
  #refuse({ sessionId }: Address, replyTo: number, refusal: Outcome<never>): void {
    this.#reply(replyTo, refusal);
    if (!this.#residents.has(sessionId)) this.#tell({ kind: 'passivated', sessionId });
  }

  /** Puts something to do into the session's mailbox, activating it first where it isn't in memory. */
  #offer(address: Address, replyTo: number, act: Item['act']): void {
    if (this.#isDraining) return this.#reply(replyTo, goingAway);
    const resident = this.#residentOf(address);
    if (!resident.mailbox.offer({ replyTo, act })) return this.#reply(replyTo, isCrowded);
    this.#workOff(resident);
  }

  /** Takes from a mailbox what can be taken: its actor must be there, and persistence not too far behind. */
  #workOff(resident: Resident): void {
    const { session } = resident;
    while (session && !this.#outbox.isFull) {
      const item = resident.mailbox.take();
      if (!item) return;
      this.#noting(session.record.sessionId, () => {
        const answer = item.act(session).catch((bug) => this.logError('request.bug', bug));
        void answer.then((outcome) => this.#reply(item.replyTo, outcome ?? failed('internal', 'The engine failed.')));
      });
    }
  }

  /** Notes that the session is at work before it does anything: what kills the host at once must be known too. */
  #noting(sessionId: string, act: () => void): void {
    const { vitalSigns } = this.#parts;
    vitalSigns.markWorking(sessionId);
    act();
    const resident = this.#residents.get(sessionId);
    if (resident) resident.restsUntilMs = 0;
    if (resident?.session?.isResting !== false) vitalSigns.markIdle(sessionId);
  }

  #clientsChanged(address: Address): void {
    if (this.#isDraining && !this.#residents.has(address.sessionId)) return; // It is the next engine's.
    const resident = this.#residentOf(address);
    resident.clients = address.clients;
    this.#noting(address.sessionId, () => resident.session?.clientsChanged(address.clients));
  }

  #residentOf({ sessionId, clients }: Address): Resident {
    const known = this.#residents.get(sessionId);
    if (known) return known;
    const resident = newResident(undefined, clients);
    this.#residents.set(sessionId, resident);
    void this.#claim(sessionId);
    return resident;
  }

  /** Behind what the outbox has gathered for the session, and behind the release of its sandbox. */
  async #claim(sessionId: string): Promise<void> {
    await this.#leaving.get(sessionId);
    const claim: ToPersistence = { kind: 'activate', sessionId };
    setImmediate(() => this.#parts.persistence.postMessage(claim));
  }

  #activated(sessionId: string, outcome: Outcome<Activation>): void {
    const resident = this.#residents.get(sessionId);
    if (!resident) return;
    if (outcome.ok && resident.givenUp) {
      recordGivenUp(outcome.value, resident.givenUp, { writeBuffer: this.#outbox, now: this.#parts.now });
    } else if (outcome.ok && !this.#isDraining) {
      if (!needsSecrets(outcome.value.record.settings)) return this.#restore(resident, outcome.value, noSecrets);
      resident.activation = outcome.value;
      return this.#tell({ kind: 'secretsWanted', sessionId });
    }
    this.#residents.delete(sessionId);
    const refusal = resident.givenUp ? { ok: false as const, failure: resident.givenUp } : goingAway;
    this.#refuseAll(resident.mailbox, outcome.ok ? refusal : outcome);
    if (outcome.ok || outcome.failure.code === 'sessionEnded') this.#tell({ kind: 'passivated', sessionId });
    else this.#tell({ kind: 'lost', sessionId, failure: outcome.failure });
  }

  #heardSecrets(sessionId: string, secrets: SessionSecrets): void {
    const resident = this.#residents.get(sessionId);
    resident?.session?.takeSecrets(secrets);
    if (resident?.activation && !resident.session) this.#restore(resident, resident.activation, secrets);
  }

  #restore(resident: Resident, activation: Activation, secrets: SessionSecrets): void {
    delete resident.activation;
    const { clients } = resident;
    this.#noting(activation.record.sessionId, () => {
      resident.session = Session.restore(this.#sessionPorts, activation, { secrets, clients });
      resident.session.start(resident.clients > 0);
    });
    this.#workOff(resident);
  }

  /** Claims the session only to record its end: its rows are not made an actor of, since that may be what kills. */
  #giveUp(sessionId: string, failure: Failure): void {
    this.#residentOf({ sessionId, clients: 0 }).givenUp = failure;
  }

  #refuseAll(mailbox: Mailbox<Item>, refusal: Outcome<never>): void {
    for (let item = mailbox.take(); item; item = mailbox.take()) this.#reply(item.replyTo, refusal);
  }

  /** Another owner has it. Its clients would hear nothing more here: they are told to come back, to whoever that is. */
  #fenced(sessionId: string): void {
    if (this.#letGo(sessionId)) this.#tell({ kind: 'lost', sessionId, failure: elsewhere.failure });
  }

  #letGo(sessionId: string): boolean {
    const resident = this.#residents.get(sessionId);
    if (!resident?.session) return false;
    this.#residents.delete(sessionId);
    this.#parts.vitalSigns.markIdle(sessionId);
    resident.session.fenced();
    this.#log({ level: 'warn', event: 'session.fenced', fields: { sessionId } });
    this.#refuseAll(resident.mailbox, elsewhere);
    return true;
  }

  /** What is only being made is nobody else's yet, and what is only being claimed is claimed anew. */
  #abandonAll(): void {
    for (const [sessionId, { session }] of this.#residents) if (session?.isOpened) this.#fenced(sessionId);
  }

  /** The session itself, which then doesn't exist; or an event in whose place nothing could be stored either. */
  #refused({ sessionId, sequence, reason }: Extract<FromPersistence, { kind: 'refused' }>): void {
    this.#log({ level: 'error', event: 'event.refused', fields: { sessionId, sequence, reason } });
    if (sequence > 0) this.#lost(sessionId, isUnstorable.failure);
    else if (this.#letGo(sessionId)) this.#tell({ kind: 'passivated', sessionId }); // Whoever makes it hears so.
  }

  /** Its actor ends here, and its clients hear why: what it would do from now on could not be stored. */
  #lost(sessionId: string, failure: Failure): void {
    const resident = this.#residents.get(sessionId);
    if (!resident?.session) return;
    this.#residents.delete(sessionId);
    resident.session.fenced(failure);
    this.#refuseAll(resident.mailbox, { ok: false, failure });
    this.#log({ level: 'warn', event: 'session.gone', fields: { sessionId, code: failure.code } });
    this.#tell({ kind: 'lost', sessionId, failure });
  }

  #settled(writes: number): void {
    const wasFull = this.#outbox.isFull;
    this.#outbox.settled(writes);
    if (wasFull && !this.#outbox.isFull) for (const resident of this.#residents.values()) this.#workOff(resident);
  }

  #sweepSessions(): void {
    const nowMs = this.#parts.now();
    let held = 0;
    for (const [sessionId, resident] of this.#residents) {
      if (resident.restsUntilMs <= nowMs) this.#lookAt(sessionId, resident, nowMs);
      if (resident.hasSandbox && this.#residents.has(sessionId)) held++;
    }
    this.#tellSandboxes(held);
  }

  #lookAt(sessionId: string, resident: Resident, nowMs: number): void {
    const { session, mailbox } = resident;
    if (!session) return;
    session.sweep();
    resident.hasSandbox = session.hasSandbox;
    if (session.isResting) this.#parts.vitalSigns.markIdle(sessionId);
    this.#forgetEnded(sessionId);
    const passivatesAtMs = mailbox.depth === 0 ? session.passivatesAtMs : undefined;
    if (passivatesAtMs === undefined) return;
    resident.restsUntilMs = passivatesAtMs;
    if (passivatesAtMs <= nowMs) this.#passivate(sessionId, session);
  }

  /** By its key a session is made anew once the chat of the one before is deleted. */
  #forgetEnded(sessionId: string): void {
    const session = this.#residents.get(sessionId)?.session;
    if (session?.hasEnded && !session.hasUncommitted) this.#residents.delete(sessionId);
  }

  #tellSandboxes(held: number): void {
    if (held !== this.#sandboxesTold) this.#tell({ kind: 'sandboxes', held });
    this.#sandboxesTold = held;
  }

  #passivate(sessionId: string, session: Session): void {
    this.#residents.delete(sessionId);
    this.#leaving.set(
      sessionId,
      session.passivate().then(() => this.#left(sessionId)),
    );
  }

  /** Only now may another host have it: its sandbox is given back. Who came back meanwhile waits here. */
  #left(sessionId: string): void {
    this.#leaving.delete(sessionId);
    if (!this.#residents.has(sessionId)) this.#tell({ kind: 'passivated', sessionId });
  }

  /** Turns get a while to end; then every actor is unloaded, and all it recorded is stored. */
  async #drain(replyTo: number): Promise<void> {
    this.#isDraining = true;
    clearInterval(this.#sweep);
    const sessions = [...this.#residents.values()].flatMap(({ session }) => session ?? []);
    const allRested = Promise.all(sessions.map((session) => session.rested()));
    await Promise.race([allRested, new Promise((resolve) => setTimeout(resolve, limits.drainTurnsMs))]);
    await Promise.all([...sessions.map((session) => session.passivate()), ...this.#leaving.values()]);
    await Promise.all([this.#outbox.empty(), this.#parts.sandboxes.close()]);
    for (const { mailbox } of this.#residents.values()) this.#refuseAll(mailbox, goingAway);
    this.#residents.clear();
    this.#reply(replyTo, succeeded({ kind: 'drained' }));
    setImmediate(() => this.#finish());
  }

  /** What went wrong where nobody waits for an answer: something threw that never should, or could not be given back. */
  logError(event: LogEvent, reason: unknown): void {
    const error = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    this.#log({ level: 'error', event, fields: { error } });
  }

  #reply(replyTo: number, outcome: Outcome<Reply>): void {
    this.#tell({ kind: 'reply', replyTo, outcome });
  }

  #log(entry: LogEntry): void {
    this.#tell({ kind: 'log', entry });
  }

  /** Messages to the gateway travel in arrays, one post per turn of the event loop. */
  #tell(message: FromHost): void {
    if (this.#outgoing.push(message) > 1) return;
    setImmediate(() => {
      this.#parts.gateway.postMessage(this.#outgoing);
      this.#outgoing = [];
    });
  }
}
