// One WebSocket connection: who its client is, which session it follows, what it says, and what it gets.
import { createId } from '../../actors/create-id.ts';
import {
  closeCodeOf,
  type ErrorCode,
  elsewhere,
  errors,
  type Failure,
  failed,
  type Outcome,
} from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { adaptFrame, type Features, plain } from '../../schema/protocol/additions.ts';
import type { AttachQuery } from '../../schema/protocol/client-frames/attach-query.ts';
import { FollowUp, followUpTypeOf, followUpTypes } from '../../schema/protocol/client-frames/client-frames.ts';
import { FirstMessage } from '../../schema/protocol/client-frames/first-message.ts';
import { encodeFrame } from '../../schema/protocol/encode-frame.ts';
import { errorFrameOf, readCommandId } from '../../schema/protocol/error-frame.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { ServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';
import { secretsOf, settingsOf } from '../../schema/protocol/session-fields.ts';
import { noSecrets, type ProviderName, type SessionSecrets } from '../../schema/session.ts';
import type { Command } from '../../schema/thread.ts';
import { parseJson, validate } from '../../schema/validate.ts';
import { storageFrameOf } from '../database/database-state.ts';
import type { History } from '../database/history.ts';
import type { Principal } from '../sessions/access.ts';
import type { Entry, Follower, Frame, NumberedFrames } from '../sessions/directory.ts';
import type { ReturnTarget } from '../sessions/find-left-session.ts';
import { chatIdOf, type Found } from '../sessions/find-session.ts';
import { chooseProvider, type NewSessionInput } from '../sessions/new-session.ts';
import { databaseAway } from '../sessions/refusals.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type AuditedAct, isRefusal } from './audit.ts';
import type { Auth } from './auth.ts';
import type { CommandBudget } from './command-budget.ts';
import { Feed } from './feed.ts';
import { canResume } from './position.ts';
import type { Wire } from './wire.ts';

/** Frames of one socket that may be refused in a row: no client goes on like that by mistake. */
export const refusalsInRowMax = 2_000;
/** Frames that are kept while a connection's first message is worked on. */
export const framesBeforeReadyMax = 16;

export type ConnectionDependencies = {
  sessions: Sessions;
  history: History;
  auth: Auth;
  budget: CommandBudget;
  defaultProvider: ProviderName;
  firstMessageTimeoutMs: number;
};

const normalClose = 1000;

export class Connection implements Follower {
  readonly features: Features;
  readonly #dependencies: ConnectionDependencies;
  readonly #wire: Wire;
  readonly #query: AttachQuery;
  #principal: Principal | undefined;
  #entry: Entry | undefined;
  readonly #feed = new Feed();
  /** The last act that the client asked for, which the log names where it is refused. */
  #lastAct: { act: AuditedAct; session?: string } | undefined;
  #phase: 'unready' | 'busy' | 'following' | 'closed' = 'unready';
  #refusalsInRow = 0;
  #earlyFrames: string[] = [];
  #firstMessageTimer: NodeJS.Timeout | undefined;

  constructor(dependencies: ConnectionDependencies, wire: Wire, principal: Principal | undefined, asked: AttachQuery) {
    this.#dependencies = dependencies;
    this.#wire = wire;
    this.#principal = principal;
    this.#query = asked;
    this.features = asked.features;
  }

  start(): void {
    this.#feed.start({
      send: (frames) => this.#sendFrames(frames),
      waitForRoom: () => this.#wire.waitForRoom(),
      catchUp: (position) => this.#catchUp(position),
    });
    this.#firstMessageTimer = setTimeout(
      () => this.#fail(failed('noFirstMessage', 'No first message came in time.').failure),
      this.#dependencies.firstMessageTimeoutMs,
    );
    if (this.#dependencies.sessions.isDatabaseAway) this.showDatabaseState(true);
    const principal = this.#principal;
    const sessionId = this.#query.session_id ?? principal?.sessionId;
    if (principal && sessionId !== undefined)
      this.#startWork(() => this.#attachToSession(principal, this.#query, sessionId));
  }

  // Called by the sessions that the connection follows.

  deliver(events: readonly NumberedFrames[]): void {
    this.#feed.deliver(events);
  }

  showTransient(frames: readonly Frame[]): void {
    if (this.#phase !== 'closed') this.#wire.send(frames);
  }

  isThere(): Promise<boolean> {
    return this.#isClosed ? Promise.resolve(false) : this.#wire.ping();
  }

  /** The state is never stored, so only clients that are connected hear of it. */
  showDatabaseState(isAway: boolean): void {
    if (this.#phase !== 'closed') this.#sendFrame(storageFrameOf(isAway, this.#entry?.sessionId));
  }

  // Called by the socket.

  receiveFrame(text: string): void {
    if (this.#phase === 'following') return this.#handleFrame(text);
    if (this.#phase === 'unready') return this.#startWork(() => this.#handleFirstMessage(text));
    if (this.#phase === 'closed') return;
    if (this.#earlyFrames.push(text) > framesBeforeReadyMax)
      this.#fail(
        failed('overloaded', 'Too many frames before the first was answered.', { retryAfterMs: 1_000 }).failure,
      );
  }

  detach(): void {
    this.#phase = 'closed';
    this.#stopFirstMessageTimer();
    this.#earlyFrames = [];
    if (this.#entry) this.#dependencies.sessions.unfollow(this.#entry, this);
    this.#entry = undefined;
  }

  refuse(failure: Failure): void {
    this.#fail(failure);
  }

  // The first message.

  /** The work makes the client follow a session; frames that come meanwhile wait. */
  #startWork(work: () => Promise<Failure | undefined>): void {
    this.#phase = 'busy';
    void work()
      .catch((error) => this.#wire.convertThrown(error))
      .then((failure) => {
        if (failure) return this.#fail(failure);
        if (this.#isClosed) return;
        this.#phase = this.#entry ? 'following' : 'unready';
        const earlyFrames = this.#earlyFrames;
        this.#earlyFrames = [];
        for (const text of earlyFrames) this.receiveFrame(text);
      });
  }

  async #handleFirstMessage(text: string): Promise<Failure | undefined> {
    const json = parseJson(text, 'badFirstMessage');
    if (!json.ok) return json.failure;
    if (hasType(json.value, 'ping')) return this.#sendPong();
    const message = validate(FirstMessage, json.value, 'badFirstMessage');
    if (!message.ok) return message.failure;
    const { token } = message.value;
    const verified = token ? await this.#dependencies.auth.verifyToken(token, this.#wire.isNear) : undefined;
    if (!this.#principal) {
      if (!verified)
        return failed('notAuthenticated', 'A token is required, in the URL or in the first message.').failure;
      if (!verified.ok) return verified.failure;
      this.#principal = verified.value;
      this.#wire.markIdentified();
    }
    const tooMany = this.#isForNewSession(message.value)
      ? await this.#dependencies.budget.takeCommand(this.#principal.userId)
      : undefined;
    if (tooMany) return this.#refuseFrame(tooMany); // The timer goes on, since the client may say it again.
    this.#stopFirstMessageTimer();
    const gitToken = message.value.gitToken ?? (verified?.ok ? undefined : token);
    return this.#createOrAttach(this.#principal, { ...message.value, gitToken });
  }

  #isForNewSession(message: FirstMessage): boolean {
    return !(message.session_id ?? this.#query.session_id);
  }

  #createOrAttach(principal: Principal, message: FirstMessage): Promise<Failure | undefined> {
    const { session_id: sessionId = this.#query.session_id } = message;
    const epoch = message.epoch ?? this.#query.epoch;
    const last_sequence = message.last_sequence ?? this.#query.last_sequence;
    const asked = { session_id: sessionId, epoch, last_sequence };
    if (sessionId) return this.#attachToSession(principal, asked, sessionId, secretsOf(message));
    return this.#createOrReturn(principal, message);
  }

  async #createOrReturn(principal: Principal, message: FirstMessage): Promise<Failure | undefined> {
    this.#lastAct = { act: 'session.created' };
    const { task } = message;
    if (task === undefined) return failed('badFirstMessage', 'task: is required').failure;
    if (task.trim() === '') return failed('badFirstMessage', 'task: must not be empty').failure;
    const provider = chooseProvider(message, this.#dependencies.defaultProvider);
    if (!provider.ok) return provider.failure;
    const settings = settingsOf(
      { ...message, projectId: message.projectId ?? principal.projectId },
      task,
      provider.value,
    );
    const asked = { settings, secrets: secretsOf(message) };
    const create = () => this.#createSession(principal, asked, message.id ?? createId());
    if (this.features !== plain || message.new) return create();
    return this.#dependencies.sessions.returnToLeft(principal, asked, async (left) => {
      if (!left.ok) return left.failure;
      return left.value ? this.#returnToSession(principal, left.value, asked.secrets) : create();
    });
  }

  async #createSession(principal: Principal, asked: NewSessionInput, commandId: string): Promise<Failure | undefined> {
    const { sessions } = this.#dependencies;
    const created = await sessions.create(principal, { ...asked, commandId, follower: this, autoStart: false });
    if (!created.ok) return created.failure;
    this.#wire.audit('session.created', principal.userId, { session: created.value.sessionId, outcome: 'done' });
    if (this.#isClosed) sessions.unfollow(created.value, this);
    else this.#follow(created.value);
    return undefined;
  }

  /** A client that was cut off, knows no position and says its task again hears the session from its beginning. */
  async #returnToSession(
    principal: Principal,
    { sessionId, key }: ReturnTarget,
    secrets: SessionSecrets,
  ): Promise<Failure | undefined> {
    const failure = await this.#attachToSession(principal, { session_id: sessionId }, sessionId, secrets);
    if (this.#entry) this.#entry.taskKey ??= key;
    return failure;
  }

  async #attachToSession(
    principal: Principal,
    asked: Omit<AttachQuery, 'features'>,
    sessionId: string,
    secrets: SessionSecrets = noSecrets,
  ): Promise<Failure | undefined> {
    const { sessions, history } = this.#dependencies;
    this.#lastAct = { act: 'session.read', session: sessionId };
    if (sessions.isDatabaseAway) return databaseAway.failure; // Nothing can be replayed meanwhile.
    const found = await sessions.find(principal, sessionId);
    const isOnlyClaimed = asked.session_id === undefined;
    if (isOnlyClaimed && !isStillGoing(found)) return undefined; // The task is still to come.
    if (!found.ok) return found.failure;
    if (found.value.kind === 'elsewhere') return elsewhere.failure;
    this.#stopFirstMessageTimer();
    this.#feed.hold(); // The feed is held before anything is read, so that what is committed from here on waits.
    const entry = found.value.kind === 'ended' ? undefined : await sessions.attach(found.value, secrets, this);
    if (entry && !entry.ok) return entry.failure;
    this.#wire.audit('session.read', principal.userId, { session: sessionId, outcome: 'done' });
    const chatId = chatIdOf(found.value);
    if (entry) this.#follow(entry.value);
    if (this.#isClosed) return void this.detach(); // The client left meanwhile, and the host has to hear so.
    const position = {
      lastSequence: asked.last_sequence ?? 0,
      ...(asked.epoch !== undefined && { epoch: asked.epoch }),
    };
    const stored = await history.findPosition(chatId, position.lastSequence);
    const recovered = canResume(position, stored);
    this.#send({ type: 'attached', sessionId, epoch: stored.epoch, sequence: stored.lastSequence, recovered });
    void this.#replayHistory(sessionId, chatId, recovered ? position.lastSequence : 0, found.value.kind === 'ended');
    return undefined;
  }

  async #replayHistory(sessionId: string, chatId: string, position: number, hasEnded: boolean): Promise<void> {
    const read = async (afterSequence: number) => {
      const events = await this.#dependencies.history.listEvents(sessionId, chatId, afterSequence);
      return events.map((event) => ({
        sequence: event.sequence,
        frames: adaptFrame(frameOf(event), this.features),
        isLast: isLastEvent(event),
      }));
    };
    try {
      await this.#feed.replay(position, read);
      if (hasEnded) this.#close(normalClose, 'The session has ended.');
    } catch (error) {
      this.#fail(this.#wire.convertThrown(error));
    }
  }

  /** Events are missing where frames were lost on their way, or another engine has stored some. */
  #catchUp(position: number): void {
    if (this.#entry) void this.#replayHistory(this.#entry.sessionId, this.#entry.chatId, position, false);
  }

  // Frames after the first.

  #handleFrame(text: string): void {
    const json = parseJson(text, 'badFrame');
    if (!json.ok) return this.#fail(json.failure);
    if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
      return this.#fail(failed('badFrame', 'A frame must be a JSON object.').failure);
    const sent: { type?: unknown; content?: unknown; task?: unknown; id?: unknown } = json.value;
    if (!sent.type && sent.task) return this.#handleTaskAgain(sent);
    const type = followUpTypeOf(sent);
    if (typeof type !== 'string' || !followUpTypes.includes(type))
      return this.#refuseFrame(unknownType, readCommandId(sent.id));
    const frame = validate(FollowUp, { ...sent, type }, 'badMessage');
    if (!frame.ok) return this.#refuseFrame(frame.failure, readCommandId(sent.id));
    if (frame.value.type === 'ping') this.#sendPong();
    else void this.#sendCommand({ ...frame.value, id: frame.value.id ?? createId() });
  }

  /** A first message on a session that was attached to by its URL has the session's own task, or one more message. */
  #handleTaskAgain(value: object): void {
    const message = validate(FirstMessage, value, 'badMessage');
    if (!message.ok) return this.#refuseFrame(message.failure);
    const { task, id } = message.value;
    if (task !== undefined && task.trim() !== '' && task !== this.#entry?.task)
      void this.#sendCommand({ type: 'message', id: id ?? createId(), content: task });
  }

  async #sendCommand(command: Command): Promise<void> {
    if (!this.#entry) return;
    const noRoom = this.#dependencies.sessions.checkRoom(this.#entry, command); // A refused command costs no budget.
    if (noRoom) return this.#refuseFrame(noRoom, command.id);
    const tooMany = await this.#dependencies.budget.takeCommand(this.#entry.userId);
    if (tooMany) return this.#refuseFrame(tooMany, command.id);
    if (!this.#entry) return; // The socket was closed meanwhile.
    this.#refusalsInRow = 0;
    const { userId, sessionId } = this.#entry;
    const reply = await this.#dependencies.sessions.sendCommand(this.#entry, command);
    if (command.type === 'stop')
      this.#wire.audit('session.stopped', userId, {
        session: sessionId,
        outcome: reply.ok ? 'done' : reply.failure.code,
      });
    if (this.#isClosed) return;
    if (!reply.ok) this.#sendFrame(errorFrameOf(reply.failure, command.id));
    else if (reply.value.kind === 'done' && reply.value.acknowledgement) this.#sendFrame(reply.value.acknowledgement);
  }

  /** A getter, since the compiler doesn't know that the phase changes during an `await`. */
  get #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #stopFirstMessageTimer(): void {
    clearTimeout(this.#firstMessageTimer);
    this.#firstMessageTimer = undefined;
  }

  #follow(entry: Entry): void {
    this.#entry = entry;
    this.#dependencies.sessions.follow(entry, this);
  }

  #sendFrames(events: readonly NumberedFrames[]): void {
    if (this.#isClosed) return;
    this.#wire.send(events.flatMap(({ frames }) => frames));
    if (events.at(-1)?.isLast) this.#close(normalClose, 'The session has ended.');
  }

  #sendPong(): undefined {
    this.#send({ type: 'pong' });
  }

  #send(frame: ServerFrame): void {
    if (!this.#isClosed) this.#sendFrame(encodeFrame(frame));
  }

  #sendFrame(frame: string): void {
    this.#wire.send(adaptFrame(frame, this.features));
  }

  /** `overloaded` isn't counted, since it is no fault of the client's. */
  #refuseFrame(failure: Failure, commandId?: string): undefined {
    this.#sendFrame(errorFrameOf(failure, commandId));
    if (failure.code !== 'overloaded' && ++this.#refusalsInRow >= refusalsInRowMax)
      this.#fail(failed('tooManyCommands', 'Too many frames in a row were refused.', { retryAfterMs: 1_000 }).failure);
  }

  #fail(failure: Failure): void {
    if (this.#isClosed) return;
    if (isRefusal(failure.code)) this.#auditRefusal(failure.code);
    this.#sendFrame(errorFrameOf(failure));
    this.#close(closeCodeOf(failure.code), errors[failure.code].title);
  }

  #auditRefusal(outcome: ErrorCode): void {
    this.#wire.audit(this.#lastAct?.act ?? 'connect', this.#principal?.userId, {
      session: this.#lastAct?.session,
      outcome,
    });
  }

  #close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.detach();
    this.#wire.close(code, reason);
  }
}

const hasType = (value: unknown, type: string) =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === type;

const isStillGoing = (found: Outcome<Found>): boolean => found.ok && found.value.kind !== 'ended';

/** Whether the event ends its session, which may happen while a client attaches to it. */
const isLastEvent = ({ eventType, metadata }: StoredEvent): boolean =>
  eventType === 'SessionError' || metadata?.status === 'stopped';

const unknownType = failed('unknownType', `A frame's type must be one of ${followUpTypes.join(', ')}.`).failure;
