// The actor of one session: takes its commands, drives its machine, and does what the machine says.
import { type Actor, createActor } from 'xstate';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { waitWithin } from '../../sandbox/scheduling/time-limit.ts';
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { frameOf, type StoredEvent, type TurnEnd, type Usage } from '../../schema/event.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import type { LogEntry, LogEvent } from '../../schema/log.ts';
import type { SessionRecord, SessionSecrets, SessionState } from '../../schema/session.ts';
import type { Activation, Command, Reply } from '../../schema/thread.ts';
import type { Model } from '../models/model.ts';
import { listTools } from '../tools/registry.ts';
import { Announcements } from './announcements.ts';
import { CommandRecord } from './command-record.ts';
import { Credentials } from './credentials.ts';
import { LiveFeed } from './live-feed.ts';
import type { Arrival, NewSession, SessionPorts } from './ports.ts';
import { Recorder } from './recorder.ts';
import { root } from './root.ts';
import { RunningTurn } from './running-turn.ts';
import { interruptedSentence, isMoved, notBegunSentence, timeoutSentence } from './sentences.ts';
import { type SessionEffects, sessionMachine } from './session.machine.ts';
import { spentSoFar } from './spent.ts';
import { systemPromptOf } from './system-prompt.ts';
import { contextOf, lastUserSequence, type Standing, standingOf } from './transcript.ts';
import { type Cut, notBegun, runTurn, type TurnPorts, type TurnResult, turnFailure } from './turn.ts';
import { Workspace } from './workspace.ts';

export class Session implements SessionEffects {
  readonly record: SessionRecord;
  readonly #ports: SessionPorts;
  readonly #recorder: Recorder;
  readonly #announcements: Announcements;
  readonly #machine: Actor<typeof sessionMachine>;
  readonly #live: LiveFeed;
  readonly #commands: CommandRecord;
  #initialCommandId: string;
  readonly #credentials: Credentials;
  readonly #workspace: Workspace;
  #whyLost: Failure = isMoved.failure;
  #turn: RunningTurn | undefined;
  #clients: number;
  #readThrough = 0;
  #restingSinceMs: number;
  readonly #conversation = () => contextOf(this.#recorder.events, this.record.settings.task);
  #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;

  /** A new session; it stores itself. */
  static create(ports: SessionPorts, record: SessionRecord, start: NewSession): Session {
    const standing: Standing = { beginning: 'created', hasUnread: true };
    const session = new Session(ports, record, standing, { ...start, initialCommandId: start.commandId });
    session.#recorder.open(start.clients > 0 || record.state === 'live', start.sealedSecrets);
    return session;
  }

  /** A session read back from its rows; it goes on where it was. */
  static restore(ports: SessionPorts, { record, events }: Activation, { secrets, clients }: Arrival): Session {
    const start = { secrets, clients, events, initialCommandId: record.sessionId };
    return new Session(ports, record, standingOf(record, events), start);
  }

  private constructor(
    ports: SessionPorts,
    record: SessionRecord,
    standing: Standing,
    start: Arrival & { initialCommandId: string; events?: StoredEvent[] },
  ) {
    this.record = record;
    this.#credentials = new Credentials(record.settings, start.secrets, ports.models);
    this.#ports = ports;
    const getMasking = () => this.#credentials.masking;
    this.#clients = start.clients;
    this.#initialCommandId = start.initialCommandId;
    this.#restingSinceMs = ports.now();
    this.#recorder = new Recorder({ writeBuffer: ports.outbox, now: ports.now, record, getMasking }, start.events);
    this.#announcements = new Announcements(this.#recorder);
    this.#workspace = new Workspace({
      record,
      mayExist: start.events !== undefined,
      source: () => ports.sandboxes.sourceFor(this.#credentials.isMock),
      removeLeft: () => ports.sandboxes.remove(record),
      git: ports.git,
      gitToken: () => this.#credentials.gitToken,
      events: this.#recorder.events,
      onQueued: (position) => this.#live.queued(position),
      recordEvent: (recorded) => this.#recorder.record({ role: 'assistant', ...recorded }),
    });
    this.#live = new LiveFeed({
      sessionId: record.sessionId,
      hasListeners: () => this.#clients > 0 && !this.hasEnded,
      send: ports.live,
      masking: getMasking,
      isDue: () => this.#recorder.stored(this.#recorder.sequence),
      listFiles: () => this.listFiles(),
      onFailed: ({ code }) => {
        // A session that ends while its tree is read has none.
        if (code !== 'sessionEnded') this.#log('warn', 'fileTree.failed', { code });
      },
      now: ports.now,
    });
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#commands = new CommandRecord(this.#recorder);
    if (start.events) this.#announcements.lostCalls('The engine was restarted during this call.');
    if (standing.cutThrough !== undefined) this.#announceCut(standing.cutThrough, interruptedSentence);
    this.#machine = createActor(sessionMachine, { parent: root, input: { effects: this, ...standing } });
  }

  /** Starts the machine; apart from the constructor, so that its effects find a whole object. */
  start(begins: boolean): void {
    this.#machine.start();
    if (begins) this.#begin();
    this.#showActivity();
  }

  get state(): SessionState {
    const { value } = this.#machine.getSnapshot();
    return value === 'beginning' ? 'created' : value;
  }

  get hasUncommitted(): boolean {
    return this.#recorder.hasUncommitted;
  }

  get hasSandbox(): boolean {
    return this.#workspace.holdsSandbox;
  }

  get hasEnded(): boolean {
    return this.#machine.getSnapshot().status === 'done';
  }

  /** Stores the command and acts on it. Resolves once it is committed; a `stop`, once all is given back. */
  async take(command: Command): Promise<Outcome<Reply>> {
    const found = this.#commands.of(command, this.hasEnded);
    if (!found.ok) return found;
    const earlier = found.value;
    if (command.type === 'message') this.#begin(); // Its task comes first.
    const event = earlier ?? this.#commands.record(command);
    if (!earlier) this.#machine.send({ type: command.type });
    this.#showActivity();
    if (command.type === 'stop') await this.#ended;
    const isStored = await this.#recorder.stored(command.type === 'stop' ? this.#recorder.sequence : event.sequence);
    if (!isStored) return { ok: false, failure: this.#whyLost };
    if (event.commandId !== command.id) return failed('refusedByStorage', event.content);
    return succeeded({ kind: 'done', sequence: event.sequence, ...(earlier && { acknowledgement: frameOf(earlier) }) });
  }

  /** Whether the session itself is committed. */
  get isOpened(): boolean {
    return this.#recorder.hasOpened;
  }

  /** Resolves once the session itself is committed. */
  async opened(): Promise<boolean> {
    return this.#recorder.stored(0);
  }

  /** Its caller brought others. */
  takeSecrets(secrets: SessionSecrets): void {
    this.#credentials.take(secrets);
  }

  clientsChanged(clients: number): void {
    this.#clients = clients;
    this.#restingSinceMs = this.#ports.now();
    if (clients > 0) this.#begin();
    this.#showActivity();
  }

  listFiles(): Promise<Outcome<Tree>> {
    return this.#workspace.list();
  }

  readFile(path: string, part: FilePart): Promise<Outcome<FileContent>> {
    return this.#workspace.read(path, part);
  }

  committed(sequence: number): void {
    this.#recorder.committed(sequence);
  }

  /** PostgreSQL refused an event, and holds this one in its place. */
  replaced(event: StoredEvent): void {
    this.#recorder.replaced(event);
  }

  /** Another owner has this session and its sandbox, or it is gone: it must not write again, and not act. */
  fenced(why: Failure = isMoved.failure): void {
    this.#whyLost = why;
    this.#recorder.cutOff();
    // First: a call that is cut short would be ended in the sandbox that is another's now. What is deleted is nobody's.
    void (why.code === 'noSuchSession' ? this.#workspace.close() : this.#workspace.abandon());
    this.#turn?.cut('fenced');
    if (!this.hasEnded) this.#machine.send({ type: 'fenced' });
    this.#letGo();
  }

  /** Looks at the clock: ends a turn that takes too long. */
  sweep(): void {
    const { conversationTimeoutMs } = this.#ports.config;
    if (this.#turn && this.#ports.now() - this.#turn.startedAtMs >= conversationTimeoutMs) this.#turn?.cut('timeout');
  }

  /** Whether nothing is done here, nor begun by itself. */
  get isResting(): boolean {
    return this.hasEnded || ((this.state === 'idle' || this.state === 'created') && !this.#turn);
  }

  /** When the actor's memory may go, unless somebody comes until then; undefined while it works or waits to be stored. */
  get passivatesAtMs(): number | undefined {
    const { hibernateAfterMs, reconnectGraceMs } = this.#ports.config;
    if (this.hasEnded || !this.isResting || this.#recorder.hasUncommitted) return undefined;
    return this.#restingSinceMs + (this.#clients > 0 ? hibernateAfterMs : reconnectGraceMs);
  }

  /** Unloads the actor; what it was doing goes on when it is activated again. */
  async passivate(): Promise<void> {
    this.#turn?.cut('passivated');
    if (!this.hasEnded) this.#machine.send({ type: 'passivate' });
    await this.#turn?.done;
    this.#letGo();
    await this.#workspace.release();
  }

  /** Resolves when no turn runs. */
  async rested(): Promise<void> {
    while (this.#turn) await this.#turn.done;
  }

  // What the machine says. These are called by it alone.

  announceInitializing(): void {
    this.#announcements.initializing();
    if (this.#recorder.events.some((event) => event.eventType === 'InitialTask')) return;
    this.#commands.recordTask(this.record.settings.task, this.#initialCommandId);
    if (this.record.state === 'created') this.#recorder.update(true, 'live');
  }

  provision(): void {
    void this.#workspace.sandbox().then((sandbox) => {
      if (this.state !== 'provisioning') return;
      if (sandbox.ok || this.#workspace.wasCutShort) this.#machine.send({ type: 'provisioned' });
      else this.#machine.send({ type: 'provisioningFailed', failure: sandbox.failure });
      this.#showActivity();
    });
  }

  announceReady(): void {
    this.#announcements.ready(this.#credentials.isMock, this.#workspace.warning);
  }

  runTurn(): void {
    this.#markRead(); // A turn that fails before it reads has taken its messages too, or it would begin again for ever.
    const run = (signal: AbortSignal) => this.#resultOf(signal);
    this.#turn = new RunningTurn(this.#ports.now(), run, (result, cut) => {
      this.#turn = undefined;
      this.#turnEnded(result, cut);
    });
  }

  interruptTurn(): void {
    this.#turn?.cut('interrupted');
    this.#workspace.cutShort();
  }

  announceInterrupted(): void {
    this.#workspace.cutShort();
    this.#announceCut(lastUserSequence(this.#recorder.events), notBegunSentence);
  }

  announceStopping(): void {
    this.#announcements.stopping();
  }

  release(): void {
    this.#turn?.cut('stopped');
    void this.#giveBack().then(() => this.#machine.send({ type: 'released' }));
  }

  announceStopped(): void {
    this.#announcements.stopped();
    this.#end('stopped');
  }

  announceFailed(failure: Failure): void {
    this.#announcements.failed(failure);
    this.#end('failed');
  }

  // How it is done.

  async #resultOf(signal: AbortSignal): Promise<TurnResult> {
    try {
      const model = this.#credentials.model();
      if (!model.ok) return turnFailure(model.failure.detail);
      const sandbox = await waitWithin(this.#workspace.sandbox(), Number.POSITIVE_INFINITY, signal);
      if (typeof sandbox === 'string' || signal.aborted) return notBegun;
      if (!sandbox.ok) return turnFailure(sandbox.failure.detail);
      return await runTurn(this.#turnPorts(model.value, sandbox.value, signal));
    } catch (bug) {
      this.#log('error', 'turn.bug', { error: bug instanceof Error ? (bug.stack ?? bug.message) : String(bug) });
      this.#announcements.lostCalls('The engine made a mistake during this call.');
      return turnFailure('The engine made a mistake in this turn. It has been logged.');
    }
  }

  #turnPorts(model: Model, sandbox: Sandbox, signal: AbortSignal): TurnPorts {
    const { config, now, outbox } = this.#ports;
    const tools = listTools(this.record.settings.provider);
    return {
      model,
      sandbox,
      signal,
      tools,
      system: systemPromptOf({ ...this.#workspace.facts(sandbox), tools }),
      iterationsMax: config.iterationsMax,
      spent: spentSoFar(this.#recorder.events),
      commandTimeoutMs: config.conversationTimeoutMs,
      now,
      read: () => this.#read(),
      conversation: this.#conversation,
      recordEvent: (recorded) => {
        this.#live.answerEnded();
        return this.#recorder.record({ role: 'assistant', ...recorded });
      },
      stored: (event) => this.#recorder.stored(event.sequence),
      room: () => outbox.room(),
      onDelta: (delta) => this.#live.delta(delta),
      onRetry: (retry) => void this.#live.retrying(retry),
      outputOf: (call) => this.#live.output(call.id),
      onFilesChanged: () => this.#live.filesChanged(),
    };
  }

  #turnEnded(result: TurnResult, cut: Cut | undefined): void {
    this.#restingSinceMs = this.#ports.now();
    this.#live.answerEnded();
    if (this.state !== 'working') return;
    const end = cut === 'timeout' ? 'timeout' : result.end;
    const message = end === 'timeout' ? timeoutSentence : result.message;
    this.#completed(end, message, result.usage);
    this.#machine.send({ type: 'turnEnded' });
    this.#showActivity();
  }

  /** What the user said up to there is not worked on. */
  #announceCut(readThrough: number, sentence: string): void {
    this.#readThrough = readThrough;
    this.#completed('interrupted', sentence);
  }

  #completed(reason: TurnEnd, message: string, usage: Usage = spentSoFar(this.#recorder.events)): void {
    if (reason === 'failed') this.#log('warn', 'turn.failed', { reason: this.#credentials.masking.maskText(message) });
    this.#announcements.completed({ reason, message, usage, readThrough: this.#readThrough });
  }

  /** A session that waited for its first client starts its work. */
  #begin(): void {
    if (this.state === 'created') this.#machine.send({ type: 'begin' });
  }

  #read() {
    if (this.#machine.getSnapshot().context.hasUnread) this.#markRead();
    return { context: this.#conversation(), through: this.#recorder.sequence };
  }

  #markRead(): void {
    this.#readThrough = lastUserSequence(this.#recorder.events);
    this.#machine.send({ type: 'messagesRead' });
  }

  async #giveBack(): Promise<void> {
    await this.rested();
    await this.#workspace.close();
  }

  #end(state: 'stopped' | 'failed'): void {
    this.#recorder.update(false, state);
    this.#letGo();
    void this.#workspace.close(); // A failed session has none; from here on nobody opens one for it.
  }

  #letGo(): void {
    this.#live.close();
    this.#resolveEnded();
  }

  /** A chat is active while somebody is there or work goes on. */
  #showActivity(): void {
    const isActive = this.#clients > 0 || !this.isResting;
    if (!this.hasEnded) this.#recorder.update(isActive, this.state === 'created' ? 'created' : 'live');
  }

  #log(level: LogEntry['level'], event: LogEvent, fields: LogEntry['fields']): void {
    this.#ports.log({ level, event, fields: { sessionId: this.record.sessionId, ...fields } });
  }
}
