// The actor of one session: takes its commands, drives its machine, and does what the machine says.
import { type Actor, createActor } from 'xstate';
import { type Failure, failed, type Outcome, sessionRests, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { Resources } from '../../schema/resources.ts';
import type { SessionRecord, SessionSecrets, SessionState } from '../../schema/session.ts';
import { type CutOffName, endings } from '../../schema/session-endings.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import type { Activation, Command, Reply } from '../../schema/thread.ts';
import type { WorkspaceAnswer, WorkspaceRequest } from '../../schema/workspace-request.ts';
import { cutOffRefusals } from '../refusals.ts';
import { answerRequest } from './answer-request.ts';
import { checkChoice } from './check-choice.ts';
import { type SessionMachineDependencies, sessionMachine } from './session.machine.ts';
import type { NewSession, SessionCaller, SessionDependencies } from './session-dependencies.ts';
import { buildSessionParts, type SessionParts } from './session-parts.ts';
import { interruptedTurnSentence, notStartedSentence, overdueWaitSentence } from './session-sentences.ts';
import { sessionsRoot } from './sessions-root.ts';
import { findLastUserSequence, findStanding, type Standing } from './transcript.ts';
import { TurnRunner } from './turn-runner.ts';
import { endOfWaits, findPendingAnswer, findWaits, isWaiting } from './waits.ts';

/** The states in which nothing is done without a command. */
const restingStates: ReadonlySet<SessionState> = new Set(['created', 'idle', 'waiting']);

/** How long a session waits in memory for what runs in its background: a long build; a forgotten server holds it no longer. */
const backgroundHoldMs = 3_600_000;
const backgroundLookMs = 5_000;

export class Session implements SessionMachineDependencies {
  readonly record: SessionRecord;
  readonly #dependencies: SessionDependencies;
  readonly #parts: SessionParts;
  readonly #turnRunner: TurnRunner;
  readonly #machine: Actor<typeof sessionMachine>;
  readonly #initialCommandId: string;
  #clients: number;
  #viewers: number;
  /** How many requests are being answered. */
  #requests = 0;
  /** When a wait for a person ends by itself. */
  #waitsUntilMs: number | undefined;
  /** When a client last came or went. */
  #clientsChangedAtMs: number;
  /** Why the session's commands can't be stored here any more. */
  #whyCutOff: Failure | undefined;
  readonly #ended = Promise.withResolvers<void>();

  /** A new session; it stores itself. */
  static create(dependencies: SessionDependencies, record: SessionRecord, start: NewSession): Session {
    const parts = buildSessionParts(dependencies, record, start, undefined);
    const standing: Standing = { beginning: 'created', hasUnread: true };
    const session = new Session(dependencies, parts, standing, { ...start, initialCommandId: start.commandId });
    parts.recorder.storeSession(start.clients > 0 || record.state === 'live', start.sealedSecrets);
    return session;
  }

  /** A session read back from its rows; it goes on where it was. */
  static restore(
    dependencies: SessionDependencies,
    { record, events, olderEvents }: Activation,
    { secrets, clients, viewers }: SessionCaller,
  ): Session {
    const standing = findStanding(record, events);
    const parts = buildSessionParts(dependencies, record, { secrets, clients, viewers }, events, olderEvents);
    const session = new Session(dependencies, parts, standing, {
      clients,
      viewers,
      initialCommandId: record.sessionId,
    });
    parts.announcements.recordLostCalls();
    if (standing.cutThrough !== undefined) session.#turnRunner.recordCut(standing.cutThrough, interruptedTurnSentence);
    return session;
  }

  private constructor(
    dependencies: SessionDependencies,
    parts: SessionParts,
    standing: Standing,
    { clients, viewers, initialCommandId }: Pick<SessionCaller, 'clients' | 'viewers'> & { initialCommandId: string },
  ) {
    this.record = parts.record;
    this.#dependencies = dependencies;
    this.#parts = parts;
    this.#clients = clients;
    this.#viewers = viewers;
    this.#clientsChangedAtMs = dependencies.now();
    this.#initialCommandId = initialCommandId;
    this.#turnRunner = new TurnRunner(parts, dependencies);
    this.#machine = createActor(sessionMachine, { parent: sessionsRoot, input: { dependencies: this, ...standing } });
  }

  /** Starts the machine, which calls this object. */
  start(begins: boolean): void {
    this.#turnRunner.start({
      onMessagesRead: () => this.#machine.send({ type: 'messagesRead' }),
      onCompleted: () => {
        this.#machine.send({ type: 'turnEnded' });
        this.#storeActivity();
      },
      onWaiting: () => {
        this.#machine.send({ type: 'turnWaits' });
        this.#goOnIfDecided(); // Somebody may have decided just before.
        this.#storeActivity();
      },
    });
    this.#machine.start();
    if (begins) this.#startWork();
    this.#storeActivity();
    this.#parts.nowFeed.scheduleNow(); // A client that woke it up couldn't be told before.
  }

  get state(): SessionState {
    const { value } = this.#machine.getSnapshot();
    return value === 'beginning' ? 'created' : value;
  }

  get hasUncommitted(): boolean {
    return this.#parts.recorder.hasUncommitted;
  }

  get hasSandbox(): boolean {
    return this.#parts.workspace.holdsSandbox;
  }

  get hasEnded(): boolean {
    return this.#machine.getSnapshot().status === 'done';
  }

  /** Stores the command and acts on it. Resolves once it is committed; a `stop`, once all is given back. */
  async takeCommand(command: Command): Promise<Outcome<Reply>> {
    const { commands, recorder } = this.#parts;
    const found = commands.findCommand(command, this.hasEnded);
    if (!found.ok) return found;
    const earlier = found.value;
    const choice = this.#checkChoice(command);
    if (!earlier && !choice.ok) return choice;
    const wait = earlier ? succeeded(undefined) : this.#parts.replies.check(command);
    if (!wait.ok) return wait;
    if (command.type === 'message') this.#startWork(); // The task is recorded before the message.
    const event = earlier ?? commands.recordCommand(choice.ok ? choice.value : command, wait.value);
    if (!earlier) this.#reactTo(command);
    this.#storeActivity();
    if (command.type === 'stop') await this.#ended.promise;
    const isStored = await recorder.waitUntilStored(command.type === 'stop' ? recorder.sequence : event.sequence);
    if (!isStored && this.#whyCutOff) return { ok: false, failure: this.#whyCutOff };
    if (event.commandId !== command.id) return failed('refusedByStorage', event.content);
    return succeeded({ kind: 'done', sequence: event.sequence, ...(earlier && { acknowledgement: frameOf(earlier) }) });
  }

  /** @returns the command with what it chooses as it is recorded */
  #checkChoice(command: Command): Outcome<Command> {
    if (command.type !== 'message' || !command.choice) return succeeded(command);
    const choice = checkChoice(command.choice, this.record.settings, this.#dependencies.config);
    return choice.ok ? succeeded({ ...command, choice: choice.value }) : choice;
  }

  /** Whether the session itself is committed. */
  get isOpened(): boolean {
    return this.#parts.recorder.hasOpened;
  }

  /** Resolves once the session itself is committed; false where it never will be. */
  waitUntilOpened(): Promise<boolean> {
    return this.#parts.recorder.waitUntilStored(0);
  }

  takeSecrets(secrets: SessionSecrets): void {
    this.#parts.credentials.replaceSecrets(secrets);
  }

  changeClients(clients: number): void {
    this.#clients = clients;
    this.#parts.transientFeed.changeAudience(clients + this.#viewers);
    this.#clientsChangedAtMs = this.#dependencies.now();
    if (clients > 0) this.#startWork();
    this.#storeActivity();
  }

  /** Viewers are shown what clients are, and change nothing else. */
  changeViewers(viewers: number): void {
    this.#viewers = viewers;
    this.#parts.transientFeed.changeAudience(this.#clients + viewers);
  }

  /** What people ask of the workspace. The actor stays in memory until it is answered. */
  async answerRequest(request: WorkspaceRequest, mayWake = true): Promise<Outcome<WorkspaceAnswer>> {
    if (!mayWake && !this.#parts.workspace.isOpen) return sessionRests;
    this.#requests++;
    try {
      return await answerRequest({ ...this.#parts, ...this.#answering }, request);
    } finally {
      this.#requests--;
    }
  }

  /** What its sandbox uses now; the session stays as idle as it is. */
  measureResources(): Promise<Resources> {
    return this.#parts.resourceMeter.measure();
  }

  /** How it stands, with nothing that isn't stored. */
  async describeNow(): Promise<SessionNow> {
    const now = this.#parts.describeNow();
    await this.#parts.recorder.waitUntilStored(this.#parts.recorder.sequence);
    return now;
  }

  readonly #answering = {
    hasEnded: () => this.hasEnded,
    waitUntilStored: async ({ sequence }: StoredEvent) =>
      (await this.#parts.recorder.waitUntilStored(sequence)) || !this.#whyCutOff
        ? succeeded(undefined)
        : ({ ok: false, failure: this.#whyCutOff } as const),
  };

  confirmCommitted(sequence: number): void {
    this.#parts.recorder.markCommitted(sequence);
  }

  /** PostgreSQL refused an event, and holds this one in its place. */
  acceptSubstitute(event: StoredEvent): void {
    this.#parts.recorder.replaceEvent(event);
  }

  /** Ends an actor that has lost its session: it must neither write nor act any more. */
  cutOff(ending: CutOffName): void {
    const { recorder, workspace } = this.#parts;
    this.#whyCutOff = cutOffRefusals[ending].uncommitted.failure;
    recorder.stopStoring();
    void workspace[endings[ending].sandbox](); // The sandbox comes first: cutting a call short would end it in a sandbox of another owner.
    this.#turnRunner.cutShort('fenced');
    if (!this.hasEnded) this.#machine.send({ type: 'fenced' });
    this.#stopFeeds();
  }

  endOverdueTurn(): void {
    this.#turnRunner.endOverdueTurn();
  }

  /** When a wait for a person ends by itself; undefined where nobody is waited for. */
  get waitsUntilMs(): number | undefined {
    return this.#waitsUntilMs;
  }

  endOverdueWait(): void {
    if (this.state !== 'waiting' || (this.#waitsUntilMs ?? Number.POSITIVE_INFINITY) > this.#dependencies.now()) return;
    if (this.#parts.replies.endOverdue()) {
      this.#turnRunner.recordCut(findLastUserSequence(this.#parts.recorder.events), overdueWaitSentence, 'timeout');
      this.#machine.send({ type: 'turnEnded' });
    } else this.#goOnIfDecided();
    this.#storeActivity();
  }

  /** Whether nothing is done here, nor will be without a command. */
  get isIdle(): boolean {
    return this.hasEnded || (restingStates.has(this.state) && !this.#turnRunner.isRunning);
  }

  /** When the actor may leave memory, unless a client comes before; undefined while it works, answers or waits to be stored. */
  get passivatesAtMs(): number | undefined {
    const { hibernateAfterMs, reconnectGraceMs } = this.#dependencies.config;
    if (this.hasEnded || !this.isIdle || this.hasUncommitted || this.#requests > 0) return undefined;
    const idleSinceMs = Math.max(this.#clientsChangedAtMs, this.#turnRunner.endedAtMs);
    const restsAtMs = idleSinceMs + (this.#clients > 0 ? hibernateAfterMs : reconnectGraceMs);
    return Math.max(restsAtMs, this.#heldUntilMs(idleSinceMs));
  }

  /** What runs in the background would pause with the session, so it is waited for; looked at again now and then. */
  #heldUntilMs(idleSinceMs: number): number {
    if (!this.#parts.workspace.isBusy) return 0;
    return Math.min(this.#dependencies.now() + backgroundLookMs, idleSinceMs + backgroundHoldMs);
  }

  /** Takes the actor out of memory; what it was doing goes on when it is activated again. */
  async passivate(): Promise<void> {
    this.#turnRunner.cutShort('passivated');
    if (!this.hasEnded) this.#machine.send({ type: 'passivate' });
    this.#parts.transientFeed.close();
    this.#parts.nowFeed.close();
    await this.#turnRunner.waitUntilIdle();
    this.#stopFeeds();
    await this.#parts.workspace[endings.passivated.sandbox]();
  }

  waitUntilIdle(leavesAfterStep = false): Promise<void> {
    if (leavesAfterStep) this.#turnRunner.leaveAfterStep();
    return this.#turnRunner.waitUntilIdle();
  }

  // Called by the machine alone.

  announceInitializing(): void {
    const { announcements, recorder, commands } = this.#parts;
    announcements.recordInitializing();
    if (recorder.events.some((event) => event.eventType === 'InitialTask')) return;
    commands.recordTask(this.record.settings, this.#initialCommandId);
    if (this.record.state === 'created') recorder.storeUpdate(true, 'live');
  }

  openWorkspace(): void {
    const { workspace } = this.#parts;
    void workspace.openSandbox().then((sandbox) => {
      if (this.state !== 'provisioning') return;
      if (sandbox.ok || workspace.wasCloningCut) this.#machine.send({ type: 'provisioned' });
      else this.#machine.send({ type: 'provisioningFailed', failure: sandbox.failure });
      this.#storeActivity();
    });
  }

  announceReady(): void {
    const { announcements, credentials, workspace } = this.#parts;
    announcements.recordReady(credentials.isMock, workspace.warning);
  }

  startTurn(): void {
    this.#turnRunner.beginTurn();
  }

  interruptTurn(): void {
    this.#turnRunner.cutShort('interrupted');
    this.#parts.workspace.cutCloning();
  }

  announceInterrupted(): void {
    const { workspace, recorder } = this.#parts;
    workspace.cutCloning();
    this.#turnRunner.recordCut(findLastUserSequence(recorder.events), notStartedSentence);
  }

  endWaitingTurn(): void {
    this.#turnRunner.recordCut(findLastUserSequence(this.#parts.recorder.events), interruptedTurnSentence);
  }

  announceStopping(): void {
    this.#parts.announcements.recordStopping();
  }

  giveWorkspaceBack(): void {
    this.#turnRunner.cutShort('stopped');
    void this.#closeWorkspace().then(() => this.#machine.send({ type: 'released' }));
  }

  announceStopped(): void {
    this.#parts.announcements.recordStopped(this.#turnRunner.cutUsage);
    this.#endSession('stopped');
  }

  announceFailed(failure: Failure): void {
    this.#parts.announcements.recordFailed(failure);
    this.#endSession('failed');
  }

  #reactTo(command: Command): void {
    if (command.type === 'message') this.#parts.replies.closeQuestions();
    if (command.type !== 'answer' && command.type !== 'decide') this.#machine.send({ type: command.type });
    this.#goOnIfDecided();
  }

  #goOnIfDecided(): void {
    const isDecided = () => !isWaiting(findPendingAnswer(this.#parts.recorder.events));
    if (this.state === 'waiting' && isDecided()) this.#machine.send({ type: 'goOn' });
  }

  /** Starts the work of a session that waited for its first client. */
  #startWork(): void {
    if (this.state === 'created') this.#machine.send({ type: 'begin' });
  }

  async #closeWorkspace(): Promise<void> {
    await this.#turnRunner.waitUntilIdle();
    await this.#parts.workspace.close();
  }

  #endSession(ending: 'stopped' | 'failed'): void {
    const { recorder, workspace } = this.#parts;
    const { state, sandbox } = endings[ending];
    recorder.storeUpdate(false, state);
    this.#stopFeeds();
    void workspace[sandbox](); // A failed session has no sandbox, and from here on none is opened for it.
  }

  #stopFeeds(): void {
    this.#parts.transientFeed.close();
    this.#parts.nowFeed.close();
    this.#parts.fileTreeFeed.close();
    this.#parts.mcpServers.close();
    this.#ended.resolve();
  }

  /** A chat is active while somebody is there or work goes on. */
  #storeActivity(): void {
    const isActive = this.#clients > 0 || !this.isIdle;
    const { recorder } = this.#parts;
    this.#waitsUntilMs = this.state === 'waiting' ? endOfWaits(findWaits(recorder.events)) : undefined;
    if (!this.hasEnded)
      recorder.storeUpdate(isActive, this.state === 'created' ? 'created' : 'live', this.#waitsUntilMs);
  }
}
