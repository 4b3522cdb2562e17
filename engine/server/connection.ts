// One WebSocket connection: who its client is, which session it follows, what it says, and what it gets.

import { createId } from '../../actors/create-id.ts';
import type { EngineKeys } from '../../actors/models/key.ts';
import { type ErrorCode, elsewhere, type Failure, failed, type Outcome, sessionEnded } from '../../schema/error.ts';
import { plain } from '../../schema/protocol/additions.ts';
import { choiceOf } from '../../schema/protocol/choice-fields.ts';
import type { AttachQuery } from '../../schema/protocol/client-frames/attach-query.ts';
import {
  FollowUp,
  followUpTypeOf,
  followUpTypes,
  unheededFields,
} from '../../schema/protocol/client-frames/client-frames.ts';
import { FirstMessage } from '../../schema/protocol/client-frames/first-message.ts';
import { errorFrameOf, readCommandId } from '../../schema/protocol/error-frame.ts';
import { secretsOf, settingsOf } from '../../schema/protocol/session-fields.ts';
import { noSecrets, type ProviderName, type SessionSecrets } from '../../schema/session.ts';
import type { Command } from '../../schema/thread.ts';
import { findUnknownFields } from '../../schema/unknown-fields.ts';
import { parseJson, validate } from '../../schema/validate.ts';
import type { Principal } from '../sessions/access.ts';
import type { ReturnTarget } from '../sessions/find-left-session.ts';
import type { Found } from '../sessions/find-session.ts';
import { chooseProvider, type NewSessionInput } from '../sessions/new-session.ts';
import { databaseAway } from '../sessions/refusals.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type SignIns, signInEnded } from '../sign-in/sign-ins.ts';
import { type AuditedAct, isRefusal } from './audit.ts';
import type { Auth } from './auth.ts';
import type { CommandBudget } from './command-budget.ts';
import { Following, type FollowingDependencies } from './following.ts';
import type { TwoWayWire } from './wire.ts';

/** Frames of one socket that may be refused in a row: no client goes on like that by mistake. */
export const refusalsInRowMax = 2_000;
/** Frames that are kept while a connection's first message is worked on. */
export const framesBeforeReadyMax = 16;

export type ConnectionDependencies = FollowingDependencies & {
  sessions: Sessions;
  auth: Auth;
  signIns: Pick<SignIns, 'watch'>;
  budget: CommandBudget;
  defaultProvider: ProviderName;
  /** The engine's own keys. */
  modelKeys: EngineKeys;
  firstMessageTimeoutMs: number;
};

export class Connection {
  readonly #dependencies: ConnectionDependencies;
  readonly #wire: TwoWayWire;
  readonly #query: AttachQuery;
  #principal: Principal | undefined;
  readonly #following: Following;
  /** The last act that the client asked for, which the log names where it is refused. */
  #lastAct: { act: AuditedAct; session?: string } | undefined;
  #phase: 'unready' | 'busy' | 'following' = 'unready';
  #refusalsInRow = 0;
  /** Resolves once the files of the last message that named some are found. */
  #attaching: Promise<void> | undefined;
  #earlyFrames: string[] = [];
  #firstMessageTimer: NodeJS.Timeout | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(
    dependencies: ConnectionDependencies,
    wire: TwoWayWire,
    principal: Principal | undefined,
    asked: AttachQuery,
  ) {
    this.#dependencies = dependencies;
    this.#wire = wire;
    this.#principal = principal;
    this.#query = asked;
    this.#following = new Following(dependencies, wire, asked.features);
  }

  start(): void {
    this.#following.start();
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

  showDatabaseState(isAway: boolean): void {
    this.#following.showDatabaseState(isAway);
  }

  // Called by the socket.

  receiveFrame(text: string): void {
    if (this.#following.isClosed) return;
    if (this.#phase === 'following') return this.#handleFrame(text);
    if (this.#phase === 'unready') return this.#startWork(() => this.#handleFirstMessage(text));
    if (this.#earlyFrames.push(text) > framesBeforeReadyMax)
      this.#fail(
        failed('overloaded', 'Too many frames before the first was answered.', { retryAfterMs: 1_000 }).failure,
      );
  }

  detach(): void {
    this.#stopFirstMessageTimer();
    this.#stopWatching?.();
    this.#earlyFrames = [];
    this.#following.detach();
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
        if (this.#following.isClosed) return;
        this.#phase = this.#following.hasSession ? 'following' : 'unready';
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
    this.#tellUnknownFields(FirstMessage, json.value);
    const { token } = message.value;
    const verified = token ? await this.#dependencies.auth.verifyToken(token, this.#wire.isNear) : undefined;
    if (!this.#principal) {
      const identified = verified ?? (await this.#identifyByCookie());
      if (!identified.ok) return identified.failure;
      this.#principal = identified.value;
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

  /** A cookie counts where no token was said, in the URL or in the first message. */
  async #identifyByCookie(): Promise<Outcome<Principal>> {
    const { auth, signIns } = this.#dependencies;
    const identified = await auth.authenticateByCookie(this.#wire.page, false);
    if (!identified) return noToken;
    if (!identified.ok || identified.value.signIn === undefined) return identified;
    this.#stopWatching = signIns.watch(identified.value.signIn, () => this.#fail(signInEnded));
    if (this.#following.isClosed) this.#stopWatching();
    return identified;
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
    const { defaultProvider, modelKeys } = this.#dependencies;
    const provider = chooseProvider(message, defaultProvider, modelKeys);
    if (!provider.ok) return provider.failure;
    const settings = settingsOf(
      { ...message, projectId: message.projectId ?? principal.projectId },
      task,
      provider.value,
    );
    const asked = { settings, secrets: secretsOf(message) };
    const create = () => this.#createSession(principal, asked, message.id ?? createId());
    if (this.#query.features !== plain || message.new) return create();
    return this.#dependencies.sessions.returnToLeft(principal, asked, async (left) => {
      if (!left.ok) return left.failure;
      return left.value ? this.#returnToSession(principal, left.value, asked.secrets) : create();
    });
  }

  async #createSession(principal: Principal, asked: NewSessionInput, commandId: string): Promise<Failure | undefined> {
    const { sessions } = this.#dependencies;
    const follower = this.#following;
    const created = await sessions.create(principal, { ...asked, commandId, follower, autoStart: false });
    if (!created.ok) return created.failure;
    this.#wire.audit('session.created', principal.userId, { session: created.value.sessionId, outcome: 'done' });
    if (follower.isClosed) sessions.unfollow(created.value, follower);
    else follower.follow(created.value);
    return undefined;
  }

  /** A client that was cut off, knows no position and says its task again hears the session from its beginning. */
  async #returnToSession(
    principal: Principal,
    { sessionId, key }: ReturnTarget,
    secrets: SessionSecrets,
  ): Promise<Failure | undefined> {
    const failure = await this.#attachToSession(principal, { session_id: sessionId }, sessionId, secrets);
    if (this.#following.entry) this.#following.entry.taskKey ??= key;
    return failure;
  }

  async #attachToSession(
    principal: Principal,
    asked: Omit<AttachQuery, 'features'>,
    sessionId: string,
    secrets: SessionSecrets = noSecrets,
  ): Promise<Failure | undefined> {
    const { sessions } = this.#dependencies;
    this.#lastAct = { act: 'session.read', session: sessionId };
    if (sessions.isDatabaseAway) return databaseAway.failure; // Nothing can be replayed meanwhile.
    const found = await sessions.find(principal, sessionId);
    const isOnlyClaimed = asked.session_id === undefined;
    if (isOnlyClaimed && !isStillGoing(found)) return undefined; // The task is still to come.
    if (!found.ok) return found.failure;
    if (found.value.kind === 'elsewhere') return elsewhere.failure;
    this.#stopFirstMessageTimer();
    const position = {
      lastSequence: asked.last_sequence ?? 0,
      ...(asked.epoch !== undefined && { epoch: asked.epoch }),
    };
    const failure = await this.#following.attach(found.value, position, secrets);
    if (!failure) this.#wire.audit('session.read', principal.userId, { session: sessionId, outcome: 'done' });
    return failure;
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
    const declared = FollowUp.options.find(({ entries }) => entries.type.literal === type);
    if (declared) this.#tellUnknownFields(declared, sent, readCommandId(sent.id));
    if (frame.value.type === 'ping') this.#sendPong();
    else void this.#sendCommand(commandOf(frame.value, frame.value.id ?? createId()), pathsOf(frame.value));
  }

  /** A first message on a session that was attached to by its URL has the session's own task, or one more message. */
  #handleTaskAgain(value: object): void {
    const message = validate(FirstMessage, value, 'badMessage');
    if (!message.ok) return this.#refuseFrame(message.failure);
    this.#tellUnknownFields(FirstMessage, value);
    const { task, id } = message.value;
    if (task !== undefined && task.trim() !== '' && task !== this.#following.entry?.task)
      void this.#sendCommand(commandOf({ ...message.value, type: 'message', content: task }, id ?? createId()));
  }

  async #sendCommand(asked: Command, paths: readonly string[] = []): Promise<void> {
    const { entry } = this.#following;
    if (!entry) return this.#refuseFrame(sessionEnded.failure, asked.id);
    const noRoom = this.#dependencies.sessions.checkRoom(entry, asked); // A refused command costs no budget.
    if (noRoom) return this.#refuseFrame(noRoom, asked.id);
    const tooMany = await this.#dependencies.budget.takeCommand(entry.userId);
    if (tooMany) return this.#refuseFrame(tooMany, asked.id);
    const isAttached = paths.length > 0 || this.#attaching !== undefined;
    const command = isAttached ? await this.#attachInTurn(asked, paths) : asked;
    if (!command || this.#following.isClosed) return; // The socket may have been closed meanwhile.
    this.#refusalsInRow = 0;
    const { userId, sessionId } = entry;
    const reply = await this.#dependencies.sessions.sendCommand(entry, command);
    if (command.type === 'stop')
      this.#wire.audit('session.stopped', userId, {
        session: sessionId,
        outcome: reply.ok ? 'done' : reply.failure.code,
      });
    if (!reply.ok) this.#following.sendText(errorFrameOf(reply.failure, command.id));
    else if (reply.value.kind === 'done' && reply.value.acknowledgement)
      this.#following.sendText(reply.value.acknowledgement);
  }

  /** What is said after a message that names files comes after it. */
  #attachInTurn(command: Command, paths: readonly string[]): Promise<Command | undefined> {
    const attached = (this.#attaching ?? Promise.resolve()).then(() => this.#attach(command, paths));
    const settled = attached.then(() => {
      if (this.#attaching === settled) this.#attaching = undefined;
    });
    this.#attaching = settled;
    return attached;
  }

  /** Finds what a message names. @returns undefined where it was refused */
  async #attach(command: Command, paths: readonly string[]): Promise<Command | undefined> {
    const { entry } = this.#following;
    if (paths.length === 0 || !entry || command.type !== 'message') return command;
    const finding = this.#dependencies.sessions.findAttachments({ kind: 'live', entry }, paths);
    const found = await finding.catch((error) => ({ ok: false as const, failure: this.#wire.convertThrown(error) }));
    if (found.ok) return { ...command, attachments: found.value };
    this.#refuseFrame(found.failure, command.id);
    return undefined;
  }

  /** What is said beside an unknown field counts all the same, since clients of the reference may send their own. */
  #tellUnknownFields(declared: { entries: object }, sent: unknown, commandId?: string): void {
    const failure = findUnknownFields(declared, sent, 'unknownField', unheededFields);
    if (failure) this.#following.sendText(errorFrameOf(failure, commandId));
  }

  #stopFirstMessageTimer(): void {
    clearTimeout(this.#firstMessageTimer);
    this.#firstMessageTimer = undefined;
  }

  #sendPong(): undefined {
    this.#following.send({ type: 'pong' });
  }

  /** `overloaded` isn't counted, since it is no fault of the client's. */
  #refuseFrame(failure: Failure, commandId?: string): undefined {
    this.#following.sendText(errorFrameOf(failure, commandId));
    if (failure.code !== 'overloaded' && ++this.#refusalsInRow >= refusalsInRowMax)
      this.#fail(failed('tooManyCommands', 'Too many frames in a row were refused.', { retryAfterMs: 1_000 }).failure);
  }

  #fail(failure: Failure): void {
    if (this.#following.isClosed) return;
    if (isRefusal(failure.code)) this.#auditRefusal(failure.code);
    this.#following.refuse(failure);
    this.detach();
  }

  #auditRefusal(outcome: ErrorCode): void {
    this.#wire.audit(this.#lastAct?.act ?? 'connect', this.#principal?.userId, {
      session: this.#lastAct?.session,
      outcome,
    });
  }
}

/** Files of the workspace that come with a message. */
const pathsOf = (frame: Exclude<FollowUp, { type: 'ping' }>): readonly string[] =>
  frame.type === 'message' ? (frame.attachments ?? []) : [];

/** What a client's frame asks of its session. */
function commandOf(frame: Exclude<FollowUp, { type: 'ping' }>, id: string): Command {
  if (frame.type === 'answer' || frame.type === 'decide') return { ...frame, id };
  if (frame.type !== 'message') return { type: frame.type, id };
  return { type: 'message', id, content: frame.content, choice: choiceOf(frame) };
}

const hasType = (value: unknown, type: string) =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === type;

const isStillGoing = (found: Outcome<Found>): boolean => found.ok && found.value.kind !== 'ended';

const noToken = failed('notAuthenticated', 'A token is required, in the URL or in the first message.');
const unknownType = failed('unknownType', `A frame's type must be one of ${followUpTypes.join(', ')}.`).failure;
