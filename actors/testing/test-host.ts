// A host between real ports: the test is its main thread, and a map is its database.
import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { MemorySource } from '../../sandbox/memory/memory-sandbox.ts';
import { SandboxSources } from '../../sandbox/open-sources.ts';
import type { SandboxSource } from '../../sandbox/sandbox-source.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { noSecrets, type SessionSettings } from '../../schema/session.ts';
import type {
  Activation,
  Command,
  FromHost,
  FromPersistence,
  Reply,
  ToHost,
  ToPersistence,
  Write,
} from '../../schema/thread.ts';
import { Host } from '../host.ts';
import { HostStatus } from '../host-status.ts';
import { MainLink } from '../main-link.ts';
import type { Model } from '../models/model.ts';
import { ScriptedModel } from '../models/scripted-model.ts';
import { passLoops, waitUntil } from './event-loop.ts';
import { type Rows, replayWrites } from './test-ring.ts';
import { createModels, noGit, testConfig, testRecord } from './test-session.ts';

/** PostgreSQL and the persistence actor in one: fences by epoch, commits at once or when told to. */
export class TestDatabase {
  readonly rows = new Map<string, Rows>();
  readonly #port: MessagePort;
  readonly #waiting: Write[][] = [];
  readonly #claims: string[] = [];
  readonly #gifts: string[] = [];
  isUp = true;
  /** Kinds of what the host posted, in order. */
  readonly received: ToPersistence['kind'][] = [];
  /** Sessions whose last event is committed: the main thread would have its frame. */
  readonly lastEventsOf: string[] = [];
  /** How often in a row engines have died at work on the sessions that are claimed. */
  crashes = 0;
  /** While false, claims wait. */
  activates = true;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ToPersistence) => {
      this.received.push(message.kind);
      if (message.kind === 'writes') this.#waiting.push(message.writes);
      else if (message.kind === 'activate') this.#claims.push(message.sessionId);
      else if (message.kind === 'give') this.#gifts.push(message.session.sessionId);
      else if (message.kind !== 'spending' && message.kind !== 'spendingEnds')
        this.#send({ kind: 'file', replyTo: message.replyTo, outcome: succeeded(null) });
      this.commitWaiting();
    });
  }

  commitWaiting(): void {
    if (this.isUp) for (const writes of this.#waiting.splice(0)) this.#commit(writes);
    if (this.isUp) for (const sessionId of this.#gifts.splice(0)) this.#send({ kind: 'given', sessionId });
    if (!this.isUp || !this.activates) return;
    for (const sessionId of this.#claims.splice(0))
      this.#send({ kind: 'activated', sessionId, outcome: this.claimSession(sessionId) });
  }

  /** Takes a session for a new owner, this host or another one. */
  claimSession(sessionId: string): Outcome<Activation> {
    const rows = this.rows.get(sessionId);
    if (!rows) return failed('noSuchSession', 'There is no session with that id.');
    const record = { ...rows.record, epoch: rows.record.epoch + 1 };
    this.rows.set(sessionId, { ...rows, record });
    if (record.state === 'stopped') return failed('sessionEnded', 'The session has ended.');
    return succeeded({ record, events: rows.events, ...(this.crashes > 0 && { crashes: this.crashes }) });
  }

  #commit(writes: readonly Write[]): void {
    const committed = new Map<string, number>();
    const fenced: string[] = [];
    const gone: string[] = [];
    for (const write of writes) {
      const rows = this.rows.get(write.sessionId);
      if (!rows && write.kind === 'event') gone.push(write.sessionId);
      if (rows ? rows.record.epoch !== write.epoch : write.kind !== 'open') {
        if (rows) fenced.push(write.sessionId);
        continue;
      }
      if (rows && write.kind === 'event') rows.events.push(write.event);
      else this.rows.set(write.sessionId, replayWrites([write], rows));
      if (write.kind === 'event' && write.isLast) this.lastEventsOf.push(write.sessionId);
      if (write.kind !== 'update') committed.set(write.sessionId, write.kind === 'event' ? write.event.sequence : 0);
    }
    if (fenced.length > 0) this.#send({ kind: 'fenced', sessionIds: fenced });
    if (gone.length > 0) this.#send({ kind: 'gone', sessionIds: gone });
    this.#send({ kind: 'committed', positions: [...committed].flat(), writes: writes.length });
  }

  sendRefused(sessionId: string, sequence: number): void {
    this.#send({ kind: 'refused', sessionId, sequence, reason: 'bad' });
  }

  #send(message: FromPersistence): void {
    this.#port.postMessage(message);
  }
}

type Request = ToHost extends infer Message
  ? Message extends { replyTo: number }
    ? Omit<Message, 'replyTo'>
    : never
  : never;

export class TestHostRing {
  readonly host: Host;
  readonly database: TestDatabase;
  /** What the main thread received besides replies. */
  readonly received: Exclude<FromHost, { kind: 'reply' }>[] = [];
  readonly clock = { ms: 1_000 };
  readonly hostStatus = new HostStatus();
  readonly #mainThread: MessagePort;
  readonly #ports: MessagePort[];
  readonly #pending = new Map<number, (outcome: Outcome<Reply>) => void>();
  #replyTo = 0;

  constructor({
    model = new ScriptedModel(0),
    source = new MemorySource(),
  }: { model?: Model; source?: SandboxSource } = {}) {
    const mainChannel = new MessageChannel();
    const persistence = new MessageChannel();
    this.#ports = [mainChannel.port1, persistence.port1];
    this.#mainThread = mainChannel.port1;
    this.database = new TestDatabase(persistence.port1);
    mainChannel.port1.on('message', (messages: FromHost[]) => {
      for (const message of messages) {
        if (message.kind === 'reply') this.#pending.get(message.replyTo)?.(message.outcome);
        else this.received.push(message);
      }
    });
    this.host = new Host({
      host: 0,
      mainLink: new MainLink(mainChannel.port2),
      persistence: persistence.port2,
      config: testConfig,
      models: createModels(model),
      sandboxes: new SandboxSources(source, source),
      git: noGit,
      hostStatus: this.hostStatus,
      now: () => this.clock.ms,
    });
    this.host.start();
  }

  request(request: Request): Promise<Outcome<Reply>> {
    const replyTo = ++this.#replyTo;
    this.send({ ...request, replyTo } as ToHost);
    return new Promise((resolve) => this.#pending.set(replyTo, resolve));
  }

  createSession(
    name: string,
    more: { clients?: number; settings?: Partial<SessionSettings> } = {},
  ): Promise<Outcome<Reply>> {
    const { clients = 1, settings } = more;
    return this.request({
      kind: 'create',
      identity: { sessionId: `s-${name}`, chatId: `c-${name}`, userId: 'ada' },
      settings: { ...testRecord().settings, ...settings },
      secrets: noSecrets,
      sealedSecrets: null,
      commandId: `task-${name}`,
      clients,
      autoStart: false,
    });
  }

  sendCommand(name: string, command: Command, clients = 1): Promise<Outcome<Reply>> {
    return this.request({ kind: 'command', sessionId: `s-${name}`, clients, viewers: 0, command });
  }

  sendClients(name: string, clients: number): void {
    this.send({ kind: 'clients', sessionId: `s-${name}`, clients, viewers: 0 });
  }

  /** The types of a session's stored events; of statuses, which. */
  listTypes(name: string): string[] {
    const events = this.database.rows.get(`s-${name}`)?.events ?? [];
    return events.map((event) => event.metadata?.status ?? event.eventType);
  }

  /** How many turns of a session have completed. */
  countCompletions(name: string): number {
    return this.listTypes(name).filter((type) => type === 'completed').length;
  }

  /** Resolves when a session has completed so many turns. */
  waitForCompletions(name: string, times = 1): Promise<void> {
    return waitUntil(`${name} completes`, () => this.countCompletions(name) === times);
  }

  /** Lets all messages arrive, and then the host look at its sessions; timers are mocked. */
  async sweep(): Promise<void> {
    await passLoops(20);
    mock.timers.tick(limits.sweepIntervalMs);
    await passLoops(20);
  }

  /** Lets a session be idle for so long that the host passivates it. */
  async passivateByRest(name: string): Promise<void> {
    this.clock.ms += testConfig.reconnectGraceMs;
    await this.sweep();
    assert.ok(this.passivated.includes(`s-${name}`));
  }

  get passivated(): string[] {
    return this.received.flatMap((message) => (message.kind === 'passivated' ? [message.sessionId] : []));
  }

  /** Sessions that were given away. */
  get given(): string[] {
    return this.received.flatMap((message) => (message.kind === 'given' ? [message.sessionId] : []));
  }

  /** Sessions that can't go on, and why. */
  get lost(): [sessionId: string, code: string][] {
    return this.received.flatMap((message) =>
      message.kind === 'lost' ? [[message.sessionId, message.failure.code] as [string, string]] : [],
    );
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }

  /** Messages that reach the host in one turn of its event loop. */
  send(...messages: ToHost[]): void {
    this.#mainThread.postMessage(messages);
  }
}
