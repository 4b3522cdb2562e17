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
import { Recorder } from './recorder.ts';
import { RunningTurn } from './running-turn.ts';
import { type SessionMachineDependencies, sessionMachine } from './session.machine.ts';
import type { NewSession, SessionCaller, SessionDependencies } from './session-dependencies.ts';
import { interruptedSentence, movedRefusal, notStartedSentence, timeoutSentence } from './session-sentences.ts';
import { sessionsRoot } from './sessions-root.ts';
import { systemPromptOf } from './system-prompt.ts';
import { buildContext, findLastUserSequence, findStanding, type Standing } from './transcript.ts';
import { TransientFeed } from './transient-feed.ts';
import {
  type CutReason,
  failedTurnOf,
  notStartedTurn,
  runTurn,
  type TurnDependencies,
  type TurnResult,
} from './turn.ts';
import { usageSoFarOf } from './turn-usage.ts';
import { Workspace } from './workspace.ts';

export class Session implements SessionMachineDependencies {
  readonly record: SessionRecord;
  readonly #dependencies: SessionDependencies;
  readonly #recorder: Recorder;
  readonly #announcements: Announcements;
  readonly #machine: Actor<typeof sessionMachine>;
  readonly #transientFeed: TransientFeed;
  readonly #commands: CommandRecord;
  #initialCommandId: string;
  readonly #credentials: Credentials;
  readonly #workspace: Workspace;
  #whyLost: Failure = movedRefusal.failure;
  #turn: RunningTurn | undefined;
  #clients: number;
  #readThrough = 0;
  #idleSinceMs: number;
  readonly #conversation = () => buildContext(this.#recorder.events, this.record.settings.task);
  #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;

  /** A new session; it stores itself. */
  static create(ports: SessionDependencies, record: SessionRecord, start: NewSession): Session {
    const standing: Standing = { beginning: 'created', hasUnread: true };
    const session = new Session(ports, record, standing, { ...start, initialCommandId: start.commandId });
    session.#recorder.storeSession(start.clients > 0 || record.state === 'live', start.sealedSecrets);
    return session;
  }

  /** A session read back from its rows; it goes on where it was. */
  static restore(
    ports: SessionDependencies,
    { record, events }: Activation,
    { secrets, clients }: SessionCaller,
  ): Session {
    const start = { secrets, clients, events, initialCommandId: record.sessionId };
    return new Session(ports, record, findStanding(record, events), start);
  }

  private constructor(
    ports: SessionDependencies,
    record: SessionRecord,
    standing: Standing,
    start: SessionCaller & { initialCommandId: string; events?: StoredEvent[] },
  ) {
    this.record = record;
    this.#credentials = new Credentials(record.settings, start.secrets, ports.models);
    this.#dependencies = ports;
    const getMasking = () => this.#credentials.masking;
    this.#clients = start.clients;
    this.#initialCommandId = start.initialCommandId;
    this.#idleSinceMs = ports.now();
    this.#recorder = new Recorder({ writeBuffer: ports.writeBuffer, now: ports.now, record, getMasking }, start.events);
    this.#announcements = new Announcements(this.#recorder);
    this.#workspace = new Workspace({
      record,
      mayExist: start.events !== undefined,
      chooseSource: () => ports.sandboxes.sourceFor(this.#credentials.isMock),
      removeLeftover: () => ports.sandboxes.remove(record),
      git: ports.git,
      getGitToken: () => this.#credentials.gitToken,
      events: this.#recorder.events,
      onQueued: (position) => this.#transientFeed.sendQueuePosition(position),
      recordEvent: (recorded) => this.#recorder.recordEvent({ role: 'assistant', ...recorded }),
    });
    this.#transientFeed = new TransientFeed({
      sessionId: record.sessionId,
      hasClients: () => this.#clients > 0 && !this.hasEnded,
      sendTransient: ports.sendTransient,
      getMasking,
      waitUntilStored: () => this.#recorder.waitUntilStored(this.#recorder.sequence),
      listFiles: () => this.listFiles(),
      onTreeFailed: ({ code }) => {
        // A session that ends while its tree is read has none.
        if (code !== 'sessionEnded') this.#log('warn', 'fileTree.failed', { code });
      },
      now: ports.now,
    });
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#commands = new CommandRecord(this.#recorder);
    if (start.events) this.#announcements.recordLostCalls('The engine was restarted during this call.');
    if (standing.cutThrough !== undefined) this.#recordCut(standing.cutThrough, interruptedSentence);
    this.#machine = createActor(sessionMachine, { parent: sessionsRoot, input: { dependencies: this, ...standing } });
  }

  /** Starts the machine; apart from the constructor, so that its effects find a whole object. */
  start(begins: boolean): void {
    this.#machine.start();
    if (begins) this.#startWork();
    this.#storeActivity();
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
  async takeCommand(command: Command): Promise<Outcome<Reply>> {
    const found = this.#commands.findCommand(command, this.hasEnded);
    if (!found.ok) return found;
    const earlier = found.value;
    if (command.type === 'message') this.#startWork(); // Its task comes first.
    const event = earlier ?? this.#commands.recordCommand(command);
    if (!earlier) this.#machine.send({ type: command.type });
    this.#storeActivity();
    if (command.type === 'stop') await this.#ended;
    const isStored = await this.#recorder.waitUntilStored(
      command.type === 'stop' ? this.#recorder.sequence : event.sequence,
    );
    if (!isStored) return { ok: false, failure: this.#whyLost };
    if (event.commandId !== command.id) return failed('refusedByStorage', event.content);
    return succeeded({ kind: 'done', sequence: event.sequence, ...(earlier && { acknowledgement: frameOf(earlier) }) });
  }

  /** Whether the session itself is committed. */
  get isOpened(): boolean {
    return this.#recorder.hasOpened;
  }

  /** Resolves once the session itself is committed. */
  async waitUntilOpened(): Promise<boolean> {
    return this.#recorder.waitUntilStored(0);
  }

  /** Its caller brought others. */
  takeSecrets(secrets: SessionSecrets): void {
    this.#credentials.replaceSecrets(secrets);
  }

  changeClients(clients: number): void {
    this.#clients = clients;
    this.#idleSinceMs = this.#dependencies.now();
    if (clients > 0) this.#startWork();
    this.#storeActivity();
  }

  listFiles(): Promise<Outcome<Tree>> {
    return this.#workspace.listFiles();
  }

  readFile(path: string, part: FilePart): Promise<Outcome<FileContent>> {
    return this.#workspace.readFile(path, part);
  }

  confirmCommitted(sequence: number): void {
    this.#recorder.markCommitted(sequence);
  }

  /** PostgreSQL refused an event, and holds this one in its place. */
  acceptSubstitute(event: StoredEvent): void {
    this.#recorder.replaceEvent(event);
  }

  /** Another owner has this session and its sandbox, or it is gone: it must not write again, and not act. */
  cutOff(why: Failure = movedRefusal.failure): void {
    this.#whyLost = why;
    this.#recorder.stopStoring();
    // First: a call that is cut short would be ended in the sandbox that is another's now. What is deleted is nobody's.
    void (why.code === 'noSuchSession' ? this.#workspace.close() : this.#workspace.abandon());
    this.#turn?.cutShort('fenced');
    if (!this.hasEnded) this.#machine.send({ type: 'fenced' });
    this.#settleEnd();
  }

  /** Looks at the clock: ends a turn that takes too long. */
  endOverdueTurn(): void {
    const { conversationTimeoutMs } = this.#dependencies.config;
    if (this.#turn && this.#dependencies.now() - this.#turn.startedAtMs >= conversationTimeoutMs)
      this.#turn?.cutShort('timeout');
  }

  /** Whether nothing is done here, nor begun by itself. */
  get isIdle(): boolean {
    return this.hasEnded || ((this.state === 'idle' || this.state === 'created') && !this.#turn);
  }

  /** When the actor's memory may go, unless somebody comes until then; undefined while it works or waits to be stored. */
  get passivatesAtMs(): number | undefined {
    const { hibernateAfterMs, reconnectGraceMs } = this.#dependencies.config;
    if (this.hasEnded || !this.isIdle || this.#recorder.hasUncommitted) return undefined;
    return this.#idleSinceMs + (this.#clients > 0 ? hibernateAfterMs : reconnectGraceMs);
  }

  /** Unloads the actor; what it was doing goes on when it is activated again. */
  async passivate(): Promise<void> {
    this.#turn?.cutShort('passivated');
    if (!this.hasEnded) this.#machine.send({ type: 'passivate' });
    await this.#turn?.done;
    this.#settleEnd();
    await this.#workspace.release();
  }

  /** Resolves when no turn runs. */
  async waitUntilIdle(): Promise<void> {
    while (this.#turn) await this.#turn.done;
  }

  // What the machine says. These are called by it alone.

  announceInitializing(): void {
    this.#announcements.recordInitializing();
    if (this.#recorder.events.some((event) => event.eventType === 'InitialTask')) return;
    this.#commands.recordTask(this.record.settings.task, this.#initialCommandId);
    if (this.record.state === 'created') this.#recorder.storeUpdate(true, 'live');
  }

  openWorkspace(): void {
    void this.#workspace.openSandbox().then((sandbox) => {
      if (this.state !== 'provisioning') return;
      if (sandbox.ok || this.#workspace.wasCloningCut) this.#machine.send({ type: 'provisioned' });
      else this.#machine.send({ type: 'provisioningFailed', failure: sandbox.failure });
      this.#storeActivity();
    });
  }

  announceReady(): void {
    this.#announcements.recordReady(this.#credentials.isMock, this.#workspace.warning);
  }

  startTurn(): void {
    this.#markMessagesRead(); // A turn that fails before it reads has taken its messages too, or it would begin again for ever.
    const run = (signal: AbortSignal) => this.#runTurn(signal);
    this.#turn = new RunningTurn(this.#dependencies.now(), run, (result, cut) => {
      this.#turn = undefined;
      this.#finishTurn(result, cut);
    });
  }

  interruptTurn(): void {
    this.#turn?.cutShort('interrupted');
    this.#workspace.cutCloning();
  }

  announceInterrupted(): void {
    this.#workspace.cutCloning();
    this.#recordCut(findLastUserSequence(this.#recorder.events), notStartedSentence);
  }

  announceStopping(): void {
    this.#announcements.recordStopping();
  }

  giveWorkspaceBack(): void {
    this.#turn?.cutShort('stopped');
    void this.#closeWorkspace().then(() => this.#machine.send({ type: 'released' }));
  }

  announceStopped(): void {
    this.#announcements.recordStopped();
    this.#endSession('stopped');
  }

  announceFailed(failure: Failure): void {
    this.#announcements.recordFailed(failure);
    this.#endSession('failed');
  }

  // How it is done.

  async #runTurn(signal: AbortSignal): Promise<TurnResult> {
    try {
      const model = this.#credentials.chooseModel();
      if (!model.ok) return failedTurnOf(model.failure.detail);
      const sandbox = await waitWithin(this.#workspace.openSandbox(), Number.POSITIVE_INFINITY, signal);
      if (typeof sandbox === 'string' || signal.aborted) return notStartedTurn;
      if (!sandbox.ok) return failedTurnOf(sandbox.failure.detail);
      return await runTurn(this.#turnDependencies(model.value, sandbox.value, signal));
    } catch (bug) {
      this.#log('error', 'turn.bug', { error: bug instanceof Error ? (bug.stack ?? bug.message) : String(bug) });
      this.#announcements.recordLostCalls('The engine made a mistake during this call.');
      return failedTurnOf('The engine made a mistake in this turn. It has been logged.');
    }
  }

  #turnDependencies(model: Model, sandbox: Sandbox, signal: AbortSignal): TurnDependencies {
    const { config, now, writeBuffer: outbox } = this.#dependencies;
    const tools = listTools(this.record.settings.provider);
    return {
      model,
      sandbox,
      signal,
      tools,
      system: systemPromptOf({ ...this.#workspace.collectFacts(sandbox), tools }),
      iterationsMax: config.iterationsMax,
      usageBefore: usageSoFarOf(this.#recorder.events),
      commandTimeoutMs: config.conversationTimeoutMs,
      now,
      readConversation: () => this.#readConversation(),
      peekConversation: this.#conversation,
      recordEvent: (recorded) => {
        this.#transientFeed.endAnswer();
        return this.#recorder.recordEvent({ role: 'assistant', ...recorded });
      },
      waitUntilStored: (event) => this.#recorder.waitUntilStored(event.sequence),
      waitForRoom: () => outbox.waitForRoom(),
      onDelta: (delta) => this.#transientFeed.sendDelta(delta),
      onRetry: (retry) => void this.#transientFeed.sendRetry(retry),
      openOutput: (call) => this.#transientFeed.openOutput(call.id),
      onFilesChanged: () => this.#transientFeed.scheduleFileTree(),
    };
  }

  #finishTurn(result: TurnResult, cut: CutReason | undefined): void {
    this.#idleSinceMs = this.#dependencies.now();
    this.#transientFeed.endAnswer();
    if (this.state !== 'working') return;
    const end = cut === 'timeout' ? 'timeout' : result.end;
    const message = end === 'timeout' ? timeoutSentence : result.message;
    this.#recordCompleted(end, message, result.usage);
    this.#machine.send({ type: 'turnEnded' });
    this.#storeActivity();
  }

  /** What the user said up to there is not worked on. */
  #recordCut(readThrough: number, sentence: string): void {
    this.#readThrough = readThrough;
    this.#recordCompleted('interrupted', sentence);
  }

  #recordCompleted(reason: TurnEnd, message: string, usage: Usage = usageSoFarOf(this.#recorder.events)): void {
    if (reason === 'failed') this.#log('warn', 'turn.failed', { reason: this.#credentials.masking.maskText(message) });
    this.#announcements.recordCompleted({ reason, message, usage, readThrough: this.#readThrough });
  }

  /** A session that waited for its first client starts its work. */
  #startWork(): void {
    if (this.state === 'created') this.#machine.send({ type: 'begin' });
  }

  #readConversation() {
    if (this.#machine.getSnapshot().context.hasUnread) this.#markMessagesRead();
    return { context: this.#conversation(), through: this.#recorder.sequence };
  }

  #markMessagesRead(): void {
    this.#readThrough = findLastUserSequence(this.#recorder.events);
    this.#machine.send({ type: 'messagesRead' });
  }

  async #closeWorkspace(): Promise<void> {
    await this.waitUntilIdle();
    await this.#workspace.close();
  }

  #endSession(state: 'stopped' | 'failed'): void {
    this.#recorder.storeUpdate(false, state);
    this.#settleEnd();
    void this.#workspace.close(); // A failed session has none; from here on nobody opens one for it.
  }

  #settleEnd(): void {
    this.#transientFeed.close();
    this.#resolveEnded();
  }

  /** A chat is active while somebody is there or work goes on. */
  #storeActivity(): void {
    const isActive = this.#clients > 0 || !this.isIdle;
    if (!this.hasEnded) this.#recorder.storeUpdate(isActive, this.state === 'created' ? 'created' : 'live');
  }

  #log(level: LogEntry['level'], event: LogEvent, fields: LogEntry['fields']): void {
    this.#dependencies.log({ level, event, fields: { sessionId: this.record.sessionId, ...fields } });
  }
}
