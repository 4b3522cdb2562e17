// The actor of one session: takes its commands, drives its machine, and does what the machine says.
import { type Actor, createActor } from 'xstate';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { frameOf, type Status, type StoredEvent } from '../../schema/event.ts';
import type { FileContent, Tree } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { LogEntry, LogEvent } from '../../schema/log.ts';
import type { SessionRecord, SessionState, StoredState } from '../../schema/session.ts';
import type { Command, HostConfig, Reply } from '../../schema/thread.ts';
import type { Model } from '../models/model.ts';
import type { Outbox } from '../outbox.ts';
import { errorObservation } from '../tools/tool.ts';
import { FileTreeFeed } from './file-tree.ts';
import { rebuildWorkspace } from './rebuild.ts';
import { Recorder } from './recorder.ts';
import { type SessionEffects, sessionMachine } from './session.machine.ts';
import { contextOf, lastUserSequence, type Standing, standingOf, unansweredCalls } from './transcript.ts';
import { answerTo, runTurn, type TurnResult } from './turn.ts';

/** What a session needs of its host. */
export type SessionPorts = {
  outbox: Outbox;
  model: Model;
  config: HostConfig;
  makeSandbox(record: SessionRecord): Promise<Outcome<Sandbox>>;
  now(): number;
  /** Sends a frame to the session's sockets past the ring; it is never stored. */
  live(frame: string): void;
  log(entry: LogEntry): void;
};

/** Why a turn is being cut short. */
type Cut = 'interrupted' | 'timeout' | 'stopped' | 'passivated' | 'fenced';

type Turn = { abort: AbortController; startedAtMs: number; done: Promise<void> };

const eventTypeOf = { message: 'UserMessage', interrupt: 'Interrupt', stop: 'Stop' } as const;

export class Session implements SessionEffects {
  readonly record: SessionRecord;
  readonly #ports: SessionPorts;
  readonly #recorder: Recorder;
  readonly #machine: Actor<typeof sessionMachine>;
  readonly #fileTree: FileTreeFeed;
  /** Recent commands by id, so that a repeated one gets its first acknowledgement. */
  readonly #commands = new Map<string, StoredEvent>();
  #initialCommandId: string;
  #sandbox: Promise<Outcome<Sandbox>> | undefined;
  #turn: Turn | undefined;
  #clients: number;
  #readThrough = 0;
  #restingSinceMs: number;
  #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;

  /** A new session; it stores itself. */
  static create(ports: SessionPorts, record: SessionRecord, start: { commandId: string; clients: number }): Session {
    const standing: Standing = { beginning: 'created', hasUnread: true };
    const session = new Session(ports, record, standing, { clients: start.clients, initialCommandId: start.commandId });
    session.#recorder.open(start.clients > 0);
    return session;
  }

  /** A session read back from its rows; it goes on where it was. */
  static restore(ports: SessionPorts, record: SessionRecord, events: StoredEvent[], clients: number): Session {
    const start = { clients, events, initialCommandId: record.sessionId };
    const session = new Session(ports, record, standingOf(record, events), start);
    session.#recorder.update(clients > 0, session.#storedState()); // Clients came or went while nobody was here.
    return session;
  }

  private constructor(
    ports: SessionPorts,
    record: SessionRecord,
    standing: Standing,
    start: { clients: number; initialCommandId: string; events?: StoredEvent[] },
  ) {
    this.record = record;
    this.#ports = ports;
    this.#clients = start.clients;
    this.#initialCommandId = start.initialCommandId;
    this.#restingSinceMs = ports.now();
    this.#recorder = new Recorder(record, ports.outbox, ports.now, start.events);
    this.#fileTree = new FileTreeFeed(() => this.#sendFileTree(), ports.now);
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    for (const event of this.#recorder.events) if (event.commandId) this.#remember(event.commandId, event);
    if (start.events) this.#answerLostCalls('The engine was restarted during this call.');
    this.#machine = createActor(sessionMachine, { input: { effects: this, ...standing } });
  }

  /** Starts the machine; apart from the constructor, so that its effects find a whole object. */
  start(begins: boolean): void {
    this.#machine.start();
    if (begins) this.#begin();
  }

  get state(): SessionState {
    const { value } = this.#machine.getSnapshot();
    return value === 'beginning' ? 'created' : value;
  }

  get hasUncommitted(): boolean {
    return this.#recorder.hasUncommitted;
  }

  get hasEnded(): boolean {
    return this.#machine.getSnapshot().status === 'done';
  }

  /** Stores the command and acts on it. Resolves once it is committed; a `stop`, once all is given back. */
  async take(command: Command): Promise<Outcome<Reply>> {
    const earlier = this.#commands.get(command.id);
    if (!earlier && this.hasEnded) return failed('sessionEnded', 'The session has ended.');
    const event = earlier ?? this.#recordCommand(command);
    if (!earlier) this.#machine.send({ type: command.type });
    if (command.type === 'stop') await this.#ended;
    const isStored = await this.#recorder.stored(command.type === 'stop' ? this.#recorder.sequence : event.sequence);
    if (!isStored) return failed('noAnswer', 'The session moved to another owner; send the command again.');
    const reply = { kind: 'done', sequence: event.sequence } as const;
    return succeeded(earlier ? { ...reply, acknowledgement: frameOf(earlier) } : reply);
  }

  /** Resolves once the session itself is committed. */
  async opened(): Promise<boolean> {
    return this.#recorder.stored(0);
  }

  clientsChanged(clients: number): void {
    const wasActive = this.#clients > 0;
    this.#clients = clients;
    this.#restingSinceMs = this.#ports.now();
    if (wasActive !== clients > 0 && !this.hasEnded) this.#recorder.update(clients > 0, this.#storedState());
    if (clients > 0) this.#begin();
  }

  async listFiles(): Promise<Outcome<Tree>> {
    const sandbox = await this.#openSandbox();
    return sandbox.ok ? sandbox.value.list() : sandbox;
  }

  async readFile(path: string): Promise<Outcome<FileContent>> {
    const sandbox = await this.#openSandbox();
    return sandbox.ok ? sandbox.value.read(path) : sandbox;
  }

  committed(sequence: number): void {
    this.#recorder.committed(sequence);
  }

  /** Another owner has this session; it must not write again. */
  fenced(): void {
    this.#recorder.cutOff();
    this.#cutTurn('fenced');
    if (!this.hasEnded) this.#machine.send({ type: 'fenced' });
    this.#letGo();
  }

  /** Looks at the clock: ends a turn that takes too long. */
  sweep(): void {
    const { conversationTimeoutMs } = this.#ports.config;
    if (this.#turn && this.#ports.now() - this.#turn.startedAtMs >= conversationTimeoutMs) this.#cutTurn('timeout');
  }

  /** Whether the actor's memory can go: it rests, all is stored, and nobody came back in time. */
  get canPassivate(): boolean {
    const { hibernateAfterMs, reconnectGraceMs } = this.#ports.config;
    const isResting = (this.state === 'idle' || this.state === 'created') && !this.#turn;
    if (!isResting || this.#recorder.hasUncommitted) return false;
    const graceMs = this.#clients > 0 ? hibernateAfterMs : reconnectGraceMs;
    return this.#ports.now() - this.#restingSinceMs >= graceMs;
  }

  /** Unloads the actor; what it was doing goes on when it is activated again. */
  async passivate(): Promise<void> {
    this.#cutTurn('passivated');
    if (!this.hasEnded) this.#machine.send({ type: 'passivate' });
    await this.#turn?.done;
    this.#letGo();
    const sandbox = await this.#sandbox;
    if (sandbox?.ok) await sandbox.value.close();
  }

  /** Resolves when no turn runs. */
  async rested(): Promise<void> {
    while (this.#turn) await this.#turn.done;
  }

  // What the machine says. These are called by it alone.

  announceInitializing(): void {
    const { events } = this.#recorder;
    if (!events.some((event) => event.metadata?.status === 'initializing'))
      this.#recordStatus('initializing', 'Preparing the workspace.');
    if (events.some((event) => event.eventType === 'InitialTask')) return;
    const content = this.record.settings.task;
    const commandId = this.#initialCommandId;
    const event = this.#recorder.record({ role: 'user', eventType: 'InitialTask', content, commandId });
    this.#remember(commandId, event);
    if (this.record.state === 'created') this.#recorder.update(this.#clients > 0, 'live');
  }

  provision(): void {
    void this.#openSandbox().then((sandbox) => {
      if (this.state !== 'provisioning') return;
      if (sandbox.ok) this.#machine.send({ type: 'provisioned' });
      else this.#machine.send({ type: 'provisioningFailed', message: sandbox.failure.detail });
    });
  }

  announceReady(): void {
    if (this.#ports.config.mode === 'mock')
      this.#recordStatus('mock_mode', 'Running in mock mode: no model key is configured, so a script plays the agent.');
    else this.#recordStatus('ready', 'The agent is ready.');
  }

  runTurn(): void {
    this.#markRead(); // A turn that fails before it reads has taken its messages too, or it would begin again for ever.
    const abort = new AbortController();
    const turn: Turn = { abort, startedAtMs: this.#ports.now(), done: Promise.resolve() };
    this.#turn = turn;
    turn.done = this.#resultOf(abort.signal).then((result) => {
      this.#turn = undefined;
      this.#turnEnded(result, abort.signal.reason as Cut | undefined);
    });
  }

  interruptTurn(): void {
    this.#cutTurn('interrupted');
  }

  announceStopping(): void {
    this.#recordStatus('stopping', 'Stopping the session.');
  }

  release(): void {
    this.#cutTurn('stopped');
    void this.#giveBack().then(() => this.#machine.send({ type: 'released' }));
  }

  announceStopped(): void {
    this.#recordStatus('stopped', 'The session has been stopped and its resources are cleaned up.', { isLast: true });
    this.#end('stopped');
  }

  announceFailed(message: string): void {
    const metadata = { code: 'sandboxFailed', retryable: true };
    this.#recorder.record({ role: 'system', eventType: 'SessionError', content: message, metadata, isLast: true });
    this.#end('failed');
  }

  // How it is done.

  async #resultOf(signal: AbortSignal): Promise<TurnResult> {
    const { model, config, now, outbox } = this.#ports;
    try {
      const sandbox = await this.#openSandbox();
      if (!sandbox.ok) return turnFailure(sandbox.failure.detail);
      return await runTurn({
        model,
        sandbox: sandbox.value,
        signal,
        iterationsMax: config.iterationsMax,
        commandTimeoutMs: config.conversationTimeoutMs,
        now,
        read: () => this.#read(),
        record: (recorded) => this.#recorder.record({ role: 'assistant', ...recorded }),
        stored: (event) => this.#recorder.stored(event.sequence),
        room: () => outbox.room(),
        onDelta: (text) => this.#sendDelta(text),
        onFilesChanged: () => this.#fileTree.changed(),
      });
    } catch (bug) {
      this.#log('error', 'turn.bug', { error: bug instanceof Error ? (bug.stack ?? bug.message) : String(bug) });
      this.#answerLostCalls('The engine made a mistake during this call.');
      return turnFailure('The engine made a mistake in this turn. It has been logged.');
    }
  }

  #turnEnded(result: TurnResult, cut: Cut | undefined): void {
    this.#restingSinceMs = this.#ports.now();
    if (this.state !== 'working') return;
    const end = cut === 'timeout' ? 'timeout' : result.end;
    const message =
      end === 'timeout' ? 'The turn was ended: it took longer than CONVERSATION_TIMEOUT allows.' : result.message;
    if (end === 'failed') this.#recorder.record({ role: 'assistant', eventType: 'AgentErrorEvent', content: message });
    const metadata = { reason: end, readThrough: this.#readThrough, usage: result.usage };
    this.#recordStatus('completed', message, { metadata });
    this.#machine.send({ type: 'turnEnded' });
  }

  /** A session that waited for its first client starts its work. */
  #begin(): void {
    if (this.state === 'created') this.#machine.send({ type: 'begin' });
  }

  #read() {
    this.#markRead();
    return contextOf(this.#recorder.events);
  }

  #markRead(): void {
    this.#readThrough = lastUserSequence(this.#recorder.events);
    this.#machine.send({ type: 'messagesRead' });
  }

  #recordCommand(command: Command): StoredEvent {
    const event = this.#recorder.record({
      role: command.type === 'message' ? 'user' : 'system',
      eventType: eventTypeOf[command.type],
      content: command.type === 'message' ? command.content : '',
      commandId: command.id,
    });
    this.#remember(command.id, event);
    return event;
  }

  #recordStatus(status: Status, content: string, more: { metadata?: object; isLast?: boolean } = {}): void {
    const metadata = { status, ...more.metadata };
    this.#recorder.record({ role: 'system', eventType: 'Status', content, metadata, isLast: more.isLast ?? false });
  }

  #remember(commandId: string, event: StoredEvent): void {
    this.#commands.set(commandId, event);
    if (this.#commands.size <= limits.commandIdsMax) return;
    for (const oldest of this.#commands.keys()) {
      this.#commands.delete(oldest);
      return;
    }
  }

  /** A call that was stored and has no observation may or may not have happened. */
  #answerLostCalls(why: string): void {
    const sentence = `${why} It may or may not have happened; check before you repeat it.`;
    for (const call of unansweredCalls(this.#recorder.events))
      this.#recorder.record({ role: 'assistant', ...answerTo(call, errorObservation(sentence)) });
  }

  /** Never again once it is given back; a failure is tried again by the next who needs it. */
  async #openSandbox(): Promise<Outcome<Sandbox>> {
    if (this.hasEnded || this.state === 'stopping') return failed('sessionEnded', 'The session has ended.');
    this.#sandbox ??= this.#ports.makeSandbox(this.record).then(async (sandbox) => {
      if (!sandbox.ok) this.#sandbox = undefined;
      else if (sandbox.value.kind === 'memory') await rebuildWorkspace(sandbox.value, this.#recorder.events);
      return sandbox;
    });
    return this.#sandbox;
  }

  async #giveBack(): Promise<void> {
    await this.rested();
    const sandbox = await this.#sandbox;
    if (sandbox?.ok) await sandbox.value.close();
    this.#sandbox = undefined;
  }

  #cutTurn(cut: Cut): void {
    if (!this.#turn?.abort.signal.aborted) this.#turn?.abort.abort(cut);
  }

  #end(state: 'stopped' | 'failed'): void {
    this.#recorder.update(false, state);
    this.#letGo();
  }

  #letGo(): void {
    this.#fileTree.close();
    this.#resolveEnded();
  }

  #storedState(): StoredState {
    return this.state === 'created' ? 'created' : 'live';
  }

  #sendDelta(text: string): void {
    if (this.#clients === 0) return;
    this.#ports.live(JSON.stringify({ type: 'agent_delta', sessionId: this.record.sessionId, text }));
  }

  async #sendFileTree(): Promise<void> {
    if (this.#clients === 0 || this.hasEnded) return;
    const tree = await this.listFiles();
    if (!tree.ok) return this.#log('warn', 'fileTree.failed', { code: tree.failure.code });
    this.#ports.live(JSON.stringify({ type: 'file_tree', sessionId: this.record.sessionId, ...tree.value }));
  }

  #log(level: LogEntry['level'], event: LogEvent, fields: LogEntry['fields']): void {
    this.#ports.log({ level, event, fields: { sessionId: this.record.sessionId, ...fields } });
  }
}

const turnFailure = (message: string): TurnResult => ({
  end: 'failed',
  message,
  usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0, steps: 0, durationMs: 0 },
});
