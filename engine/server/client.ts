// One WebSocket client: who it is, which session it follows, what it says, and what it gets.
import { newId } from '../../actors/new-id.ts';
import { type AttachQuery, ClientFrame, clientFrameTypes, FirstMessage, typeOfFrame } from '../../schema/command.ts';
import {
  closeCodeOf,
  type ErrorCode,
  elsewhere,
  errorFrameOf,
  errors,
  type Failure,
  failed,
  type Outcome,
} from '../../schema/error.ts';
import { frameOf, type StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { providerOf, secretsOf, settingsOf } from '../../schema/protocol/session-fields.ts';
import { type Features, framesFor, plain } from '../../schema/protocol.ts';
import { noSecrets, type Provider, type SessionSecrets } from '../../schema/session.ts';
import type { Command } from '../../schema/thread.ts';
import { parseJson, validate } from '../../schema/validate.ts';
import { storageFrameOf } from '../database/database-state.ts';
import type { History } from '../database/history.ts';
import type { Principal } from '../sessions/access.ts';
import type { Entry, Follower, Frame, NumberedFrames } from '../sessions/directory.ts';
import type { NewSessionInput } from '../sessions/new-session.ts';
import { chatIdOf, databaseAway, type Found, type ReturnTarget, type Sessions } from '../sessions/sessions.ts';
import { type Deed, isRefusal } from './audit.ts';
import type { Auth } from './auth.ts';
import type { CommandBudget } from './command-budget.ts';
import { Feed } from './feed.ts';
import { canResume } from './position.ts';
import type { Wire } from './wire.ts';

export type ClientParts = {
  sessions: Sessions;
  history: History;
  auth: Auth;
  budget: CommandBudget;
  defaultProvider: Provider;
  firstMessageTimeoutMs: number;
};

const normalClose = 1000;

export class Client implements Follower {
  readonly features: Features;
  readonly #parts: ClientParts;
  readonly #wire: Wire;
  readonly #asked: AttachQuery;
  #principal: Principal | undefined;
  #entry: Entry | undefined;
  readonly #feed: Feed;
  /** What it asked for last. */
  #doing: { deed: Deed; session?: string } | undefined;
  #phase: 'unready' | 'busy' | 'following' | 'closed' = 'unready';
  #refusalsInRow = 0;
  /** Frames that came while the first one was being worked on. */
  #early: string[] = [];
  #firstMessageTimer: NodeJS.Timeout | undefined;

  constructor(parts: ClientParts, wire: Wire, principal: Principal | undefined, asked: AttachQuery) {
    this.#parts = parts;
    this.#wire = wire;
    this.#principal = principal;
    this.#asked = asked;
    this.features = asked.features;
    this.#feed = new Feed({
      send: (frames) => this.#sendFrames(frames),
      room: () => wire.room(),
      catchUp: (position) => this.#catchUp(position),
    });
    this.#firstMessageTimer = setTimeout(
      () => this.#fail(failed('noFirstMessage', 'No first message came in time.').failure),
      parts.firstMessageTimeoutMs,
    );
    if (parts.sessions.isDatabaseAway) this.storageChanged(true);
    const sessionId = asked.session_id ?? principal?.sessionId;
    if (principal && sessionId !== undefined) this.#begin(() => this.#attach(principal, asked, sessionId));
  }

  // From the ring.

  deliver(events: readonly NumberedFrames[]): void {
    this.#feed.deliver(events);
  }

  showTransient(frames: readonly Frame[]): void {
    if (this.#phase !== 'closed') this.#wire.send(frames);
  }

  isThere(): Promise<boolean> {
    return this.#isClosed ? Promise.resolve(false) : this.#wire.answers();
  }

  /** PostgreSQL went away, or is back: nothing of it is stored, so everybody who is there hears it live. */
  storageChanged(isAway: boolean): void {
    if (this.#phase !== 'closed') this.#show(storageFrameOf(isAway, this.#entry?.sessionId));
  }

  // From the socket.

  heard(text: string): void {
    if (this.#phase === 'following') return this.#heardFrame(text);
    if (this.#phase === 'unready') return this.#begin(() => this.#heardFirst(text));
    if (this.#phase === 'closed') return;
    if (this.#early.push(text) > limits.framesBeforeReadyMax)
      this.#fail(
        failed('overloaded', 'Too many frames before the first was answered.', { retryAfterMs: 1_000 }).failure,
      );
  }

  closed(): void {
    this.#phase = 'closed';
    this.#firstMessageCame();
    this.#early = [];
    if (this.#entry) this.#parts.sessions.unfollow(this.#entry, this);
    this.#entry = undefined;
  }

  /** An error that ends the connection. */
  refuse(failure: Failure): void {
    this.#fail(failure);
  }

  // The first message.

  /** Works on what makes the client follow a session; frames that come meanwhile wait. */
  #begin(work: () => Promise<Failure | undefined>): void {
    this.#phase = 'busy';
    void work()
      .catch((error) => this.#wire.bug(error))
      .then((failure) => {
        if (failure) return this.#fail(failure);
        if (this.#isClosed) return;
        this.#phase = this.#entry ? 'following' : 'unready';
        const early = this.#early;
        this.#early = [];
        for (const text of early) this.heard(text);
      });
  }

  async #heardFirst(text: string): Promise<Failure | undefined> {
    const json = parseJson(text, 'badFirstMessage');
    if (!json.ok) return json.failure;
    if (isOfType(json.value, 'ping')) return this.#pong();
    const message = validate(FirstMessage, json.value, 'badFirstMessage');
    if (!message.ok) return message.failure;
    const { token } = message.value;
    const ofToken = token ? await this.#parts.auth.verify(token, this.#wire.isNear) : undefined;
    if (!this.#principal) {
      if (!ofToken)
        return failed('notAuthenticated', 'A token is required, in the URL or in the first message.').failure;
      if (!ofToken.ok) return ofToken.failure;
      this.#principal = ofToken.value;
      this.#wire.identified();
    }
    const tooMany = this.#createsSession(message.value)
      ? await this.#parts.budget.take(this.#principal.userId)
      : undefined;
    if (tooMany) return this.#refuseFrame(tooMany); // Its time isn't over: it may say it again.
    this.#firstMessageCame(); // However long it takes to do what it says.
    const gitToken = message.value.gitToken ?? (ofToken?.ok ? undefined : token);
    return this.#start(this.#principal, { ...message.value, gitToken });
  }

  #createsSession(message: FirstMessage): boolean {
    return !(message.session_id ?? this.#asked.session_id);
  }

  #start(principal: Principal, message: FirstMessage): Promise<Failure | undefined> {
    const { session_id: sessionId = this.#asked.session_id } = message;
    const epoch = message.epoch ?? this.#asked.epoch;
    const last_sequence = message.last_sequence ?? this.#asked.last_sequence;
    const asked = { session_id: sessionId, epoch, last_sequence };
    if (sessionId) return this.#attach(principal, asked, sessionId, secretsOf(message));
    return this.#create(principal, message);
  }

  async #create(principal: Principal, message: FirstMessage): Promise<Failure | undefined> {
    this.#doing = { deed: 'session.created' };
    const { task } = message;
    if (task === undefined) return failed('badFirstMessage', 'task: is required').failure;
    if (task.trim() === '') return failed('badFirstMessage', 'task: must not be empty').failure;
    const provider = providerOf(message, this.#parts.defaultProvider);
    if (!provider) return failed('badProvider', 'The model provider must be "anthropic" or "google".').failure;
    const settings = settingsOf({ ...message, projectId: message.projectId ?? principal.projectId }, task, provider);
    const asked = { settings, secrets: secretsOf(message) };
    const make = () => this.#make(principal, asked, message.id ?? newId());
    if (this.features !== plain || message.new) return make();
    return this.#parts.sessions.returnToLeft(principal, asked, async (left) => {
      if (!left.ok) return left.failure;
      return left.value ? this.#return(principal, left.value, asked.secrets) : make();
    });
  }

  async #make(principal: Principal, asked: NewSessionInput, commandId: string): Promise<Failure | undefined> {
    const { sessions } = this.#parts;
    const created = await sessions.create(principal, { ...asked, commandId, follower: this, autoStart: false });
    if (!created.ok) return created.failure;
    this.#wire.tell('session.created', principal.userId, { session: created.value.sessionId, outcome: 'done' });
    if (this.#isClosed) sessions.unfollow(created.value, this);
    else this.#follow(created.value);
    return undefined;
  }

  /** It was cut off, knows no position, and says its task again: it hears all of the session that works on that. */
  async #return(
    principal: Principal,
    { sessionId, key }: ReturnTarget,
    secrets: SessionSecrets,
  ): Promise<Failure | undefined> {
    const failure = await this.#attach(principal, { session_id: sessionId }, sessionId, secrets);
    if (this.#entry) this.#entry.taskKey ??= key;
    return failure;
  }

  async #attach(
    principal: Principal,
    asked: Omit<AttachQuery, 'features'>,
    sessionId: string,
    secrets: SessionSecrets = noSecrets,
  ): Promise<Failure | undefined> {
    const { sessions, history } = this.#parts;
    this.#doing = { deed: 'session.read', session: sessionId };
    if (sessions.isDatabaseAway) return databaseAway.failure; // Nothing could be replayed, and nobody hears of its coming.
    const found = await sessions.find(principal, sessionId);
    const isOnlyClaimed = asked.session_id === undefined;
    if (isOnlyClaimed && !goesOn(found)) return undefined; // It names nothing to follow: a task will come.
    if (!found.ok) return found.failure;
    if (found.value.kind === 'elsewhere') return elsewhere.failure;
    this.#firstMessageCame();
    this.#feed.hold(); // Before anything is read: what is committed from here on waits behind the replay.
    const entry = found.value.kind === 'ended' ? undefined : await sessions.attach(found.value, secrets, this);
    if (entry && !entry.ok) return entry.failure;
    this.#wire.tell('session.read', principal.userId, { session: sessionId, outcome: 'done' });
    const chatId = chatIdOf(found.value);
    if (entry) this.#follow(entry.value);
    if (this.#isClosed) return void this.closed(); // It left meanwhile: the host hears so, and lets the session go.
    const client = { lastSequence: asked.last_sequence ?? 0, ...(asked.epoch !== undefined && { epoch: asked.epoch }) };
    const stored = await history.findPosition(chatId, client.lastSequence);
    const recovered = canResume(client, stored);
    this.#say({ type: 'attached', sessionId, epoch: stored.epoch, sequence: stored.lastSequence, recovered });
    void this.#replay(sessionId, chatId, recovered ? client.lastSequence : 0, found.value.kind === 'ended');
    return undefined;
  }

  async #replay(sessionId: string, chatId: string, position: number, hasEnded: boolean): Promise<void> {
    const read = async (afterSequence: number) => {
      const events = await this.#parts.history.listEvents(sessionId, chatId, afterSequence);
      return events.map((event) => ({
        sequence: event.sequence,
        frames: framesFor(frameOf(event), this.features),
        isLast: isLast(event),
      }));
    };
    try {
      await this.#feed.replay(position, read);
      if (hasEnded) this.#close(normalClose, 'The session has ended.');
    } catch (error) {
      this.#fail(this.#wire.bug(error));
    }
  }

  /** Frames were lost on their way here, or another engine has stored some meanwhile. */
  #catchUp(position: number): void {
    if (this.#entry) void this.#replay(this.#entry.sessionId, this.#entry.chatId, position, false);
  }

  // Frames after the first.

  #heardFrame(text: string): void {
    const json = parseJson(text, 'badFrame');
    if (!json.ok) return this.#fail(json.failure);
    if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
      return this.#fail(failed('badFrame', 'A frame must be a JSON object.').failure);
    const given: { type?: unknown; content?: unknown; task?: unknown } = json.value;
    if (!given.type && given.task) return this.#heardTask(given);
    const type = typeOfFrame(given);
    if (typeof type !== 'string' || !clientFrameTypes.includes(type))
      return this.#refuseFrame(
        failed('unknownType', `A frame's type must be one of ${clientFrameTypes.join(', ')}.`).failure,
      );
    const frame = validate(ClientFrame, { ...given, type }, 'badMessage');
    if (!frame.ok) return this.#refuseFrame(frame.failure);
    if (frame.value.type === 'ping') this.#pong();
    else void this.#command({ ...frame.value, id: frame.value.id ?? newId() });
  }

  /** An initial config on a session that was attached to by its URL: its own task again, or one more message. */
  #heardTask(value: object): void {
    const message = validate(FirstMessage, value, 'badMessage');
    if (!message.ok) return this.#refuseFrame(message.failure);
    const { task, id } = message.value;
    if (task !== undefined && task.trim() !== '' && task !== this.#entry?.task)
      void this.#command({ type: 'message', id: id ?? newId(), content: task });
  }

  async #command(command: Command): Promise<void> {
    if (!this.#entry) return;
    const notNow = this.#parts.sessions.checkRoom(this.#entry, command); // First: it costs nothing of the budget.
    if (notNow) return this.#refuseFrame(notNow, command.id);
    const tooMany = await this.#parts.budget.take(this.#entry.userId);
    if (tooMany) return this.#refuseFrame(tooMany, command.id);
    if (!this.#entry) return; // It was closed meanwhile.
    this.#refusalsInRow = 0;
    const { userId, sessionId } = this.#entry;
    const reply = await this.#parts.sessions.sendCommand(this.#entry, command);
    if (command.type === 'stop')
      this.#wire.tell('session.stopped', userId, {
        session: sessionId,
        outcome: reply.ok ? 'done' : reply.failure.code,
      });
    if (this.#isClosed) return;
    if (!reply.ok) this.#show(errorFrameOf(reply.failure, command.id));
    else if (reply.value.kind === 'done' && reply.value.acknowledgement) this.#show(reply.value.acknowledgement);
  }

  // How it is done.

  /** Sockets are closed while we wait; asked through a getter, since the compiler can't know. */
  get #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #firstMessageCame(): void {
    clearTimeout(this.#firstMessageTimer);
    this.#firstMessageTimer = undefined;
  }

  #follow(entry: Entry): void {
    this.#entry = entry;
    this.#parts.sessions.follow(entry, this);
  }

  #sendFrames(events: readonly NumberedFrames[]): void {
    if (this.#isClosed) return;
    this.#wire.send(events.flatMap(({ frames }) => frames));
    if (events.at(-1)?.isLast) this.#close(normalClose, 'The session has ended.');
  }

  #pong(): undefined {
    this.#say({ type: 'pong' });
  }

  #say(message: object): void {
    if (!this.#isClosed) this.#show(JSON.stringify(message));
  }

  #show(frame: string): void {
    this.#wire.send(framesFor(frame, this.features));
  }

  /** An engine that has too much to do is no fault of the client's: what it refuses for that isn't counted. */
  #refuseFrame(failure: Failure, commandId?: string): undefined {
    this.#show(errorFrameOf(failure, commandId));
    if (failure.code !== 'overloaded' && ++this.#refusalsInRow >= limits.refusalsInRowMax)
      this.#fail(failed('tooManyCommands', 'Too many frames in a row were refused.', { retryAfterMs: 1_000 }).failure);
  }

  #fail(failure: Failure): void {
    if (this.#isClosed) return;
    if (isRefusal(failure.code)) this.#tellRefused(failure.code);
    this.#show(errorFrameOf(failure));
    this.#close(closeCodeOf(failure.code), errors[failure.code].title);
  }

  #tellRefused(outcome: ErrorCode): void {
    this.#wire.tell(this.#doing?.deed ?? 'connect', this.#principal?.userId, {
      session: this.#doing?.session,
      outcome,
    });
  }

  #close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.closed();
    this.#wire.close(code, reason);
  }
}

const isOfType = (value: unknown, type: string) =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === type;

const goesOn = (found: Outcome<Found>): boolean => found.ok && found.value.kind !== 'ended';

/** The last event of a session that was stopped, or that failed: it may be stored while its session is attached to. */
const isLast = ({ eventType, metadata }: StoredEvent): boolean =>
  eventType === 'SessionError' || metadata?.status === 'stopped';
