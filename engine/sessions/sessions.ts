// What can be done with sessions, over REST and WebSocket alike: create, find, command, follow, read files.
import { createId } from '../../actors/create-id.ts';
import { elsewhere, type Failure, failed, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import {
  hasEnded,
  noSecrets,
  type SessionIdentity,
  type SessionSecrets,
  type SessionSettings,
} from '../../schema/session.ts';
import type { Command, CommittedFrame, FromHost, Reply } from '../../schema/thread.ts';
import type { History } from '../database/history.ts';
import type { CutSession } from '../database/queries/take-over-runs.ts';
import type { HostLink, HostRequest } from '../ring/host-link.ts';
import type { CallerKeys } from '../secrets/caller-keys.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { mayUse, notYours, type Principal } from './access.ts';
import type { Directory, Entry, Follower } from './directory.ts';
import { deliverTo, showTransientTo } from './fan-out.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { findSilentlyLeft, type LeftSessions, type TaskIdentity, taskKeyOf } from './left-sessions.ts';
import { checkNewSession, type NewSessionInput, type NewSessionRules } from './new-session.ts';
import { Recovery } from './recovery.ts';
import type { RequestMark } from './request-mark.ts';
import { resumeSessions } from './resume.ts';

/** A file of a sandbox that a client asked for. */
const fileRequestTimeoutMs = 10_000;

export type SessionsDependencies = {
  directory: Directory;
  history: History;
  secrets: Secrets;
  keys: Pick<CallerKeys, 'findFailure'>;
  rules: NewSessionRules;
  leftSessions: LeftSessions;
  getLink(host: number): HostLink;
  /** The sessions of a host that are at work. */
  getWorking(host: number): ReadonlySet<string>;
  /** Resolves once it is known here what this engine has taken over by now. */
  waitForTakeOver(): Promise<void>;
  /** The run of the engine that owns what is claimed here. */
  getRunId(): string;
  /** While PostgreSQL is away nothing new is begun: nobody could be told that it is stored. */
  isDatabaseAway(): boolean;
  now(): number;
};

export type CreateRequest = {
  settings: SessionSettings;
  secrets: SessionSecrets;
  /** The client's id of its task as a command, or ours. */
  commandId: string;
  /** A socket that follows from the first frame on. */
  follower?: Follower;
  autoStart: boolean;
  /** Of the request that it is made by, where that may be repeated. */
  mark?: RequestMark;
};

/** What the directory would be told of a session that rests. */
type Resting = SessionIdentity & Pick<Entry, 'task' | 'createdAtMs'>;

/** A session that goes on: live in the directory, or at rest in its rows, where finding it leaves it. */
export type Present = { kind: 'live'; entry: Entry } | { kind: 'resting'; session: Resting };
/** A session that lost its last client, and what it was asked for. */
export type ReturnTarget = { sessionId: string; key: string };

type Stored = { sessionId: string; chatId: string };
/** A session as found; one that has ended, or that another engine has, is only readable. */
export type Found = Present | ({ kind: 'ended' } & Stored) | ({ kind: 'elsewhere' } & Stored);

/** Where a session's events are stored. */
export function chatIdOf(found: Found): string {
  return found.kind === 'ended' || found.kind === 'elsewhere' ? found.chatId : sessionOf(found).chatId;
}

const sessionOf = (present: Present) => (present.kind === 'live' ? present.entry : present.session);

export class Sessions {
  readonly #dependencies: SessionsDependencies;
  /** By what is asked for. */
  readonly #queue = new KeyedQueue();
  readonly #recovery: Recovery;
  isDraining = false;

  constructor(parts: SessionsDependencies) {
    this.#dependencies = parts;
    const { directory, getLink: link, getWorking: working, now } = parts;
    this.#recovery = new Recovery({
      activate: (entry) => this.#tellClients(entry),
      giveUp: ({ host, sessionId }, failure) => link(host).tell({ kind: 'giveUp', sessionId, failure }),
      isLive: (entry) => directory.get(entry.sessionId) === entry,
      getWorking: working,
      now,
    });
  }

  get isDatabaseAway(): boolean {
    return this.#dependencies.isDatabaseAway();
  }

  /** Why nothing that has to be stored can be taken now; undefined where it can. */
  checkAvailability() {
    if (this.isDraining) return goingAway;
    return this.isDatabaseAway ? databaseAway : undefined;
  }

  /** Resolves once the session is stored. */
  async create(principal: Principal, asked: CreateRequest): Promise<Outcome<Entry>> {
    const { directory, history, now, keys, rules } = this.#dependencies;
    const unavailable = this.checkAvailability();
    if (unavailable) return unavailable;
    if (!(await history.ensureUser(principal.userId)))
      return failed('unknownUser', 'There is no such user yet; sign in at the front end first.');
    const wanted = checkNewSession(asked, rules);
    if (!wanted.ok) return wanted;
    const { secrets } = wanted.value;
    const settings = { ...wanted.value.settings, ...(asked.mark && { requestDigest: asked.mark.digest }) };
    const refusal = await keys.findFailure(settings.provider, secrets.apiKey);
    if (refusal) return { ok: false, failure: refusal };
    if (!directory.canTake(principal.userId)) return tooManySessions;
    const sessionId = asked.mark?.sessionId ?? createId();
    if (directory.get(sessionId)) return failed('noAnswer', 'The session is being made.', { retryAfterMs: 1_000 });
    const identity = { sessionId, chatId: createId(), userId: principal.userId };
    const { commandId, autoStart } = asked;
    const entry = directory.add(identity, { task: settings.task, createdAtMs: now(), secrets });
    if (this.#dependencies.getLink(entry.host).isFull) {
      directory.remove(entry);
      return hostIsFull;
    }
    entry.taskKey = taskKeyOf(principal.userId, settings);
    if (asked.follower) entry.followers.add(asked.follower);
    const sealedSecrets = await this.#dependencies.secrets.sealForRow(sessionId, secrets).catch((bug) => {
      directory.remove(entry); // No host will ever hear of it.
      throw bug;
    });
    const clients = entry.followers.size;
    const reply = await this.#askHost(entry, {
      kind: 'create',
      identity,
      settings,
      secrets,
      sealedSecrets,
      commandId,
      clients,
      autoStart,
    });
    if (reply.ok || (await this.#isStored(entry, reply.failure))) return succeeded(entry);
    directory.remove(entry);
    return reply;
  }

  /** A host that died may have stored the session before it could say so; its successor goes on with it. */
  async #isStored({ sessionId, chatId }: Entry, { code }: Failure): Promise<boolean> {
    if (code !== 'noAnswer') return false;
    const stored = await this.#dependencies.history.findSession(sessionId).catch(() => null);
    return stored?.chatId === chatId; // Another attempt of the same request has another chat.
  }

  /**
   * The session of a caller that was asked for the same and lost its last client a moment ago, if it goes on, is given to
   * `act`; `elsewhere` while the engine that has it may be dying: then it is taken over in a few seconds. Who asks for the same
   * at once waits: a client that was cut off at once may be back before its session is stored.
   */
  async returnToLeft<Result>(
    principal: Principal,
    asked: NewSessionInput,
    act: (left: Outcome<ReturnTarget | undefined>) => Promise<Result>,
  ): Promise<Result> {
    const wanted = checkNewSession(asked, this.#dependencies.rules);
    if (!wanted.ok || this.#dependencies.leftSessions.isOff) return act(nobody);
    const { settings } = wanted.value;
    const key = taskKeyOf(principal.userId, settings);
    return this.#queue.run(key, async () => act(await this.#findLeft(principal, key, settings)));
  }

  /** Clients whose connection was cut without a word look as if they were there: they are asked. */
  async #findLeft(principal: Principal, key: string, asked: TaskIdentity): Promise<Outcome<ReturnTarget | undefined>> {
    const { directory, history, leftSessions: returns, waitForTakeOver: takeOverEnded } = this.#dependencies;
    let sessionId = returns.findByTask(key) ?? (await findSilentlyLeft(directory.listByUser(principal.userId), key));
    if (sessionId === undefined) {
      if (await history.isLeftBehind(principal.userId, asked)) return elsewhere;
      await takeOverEnded(); // It may have been taken over before that was asked.
      sessionId = returns.findByTask(key);
    }
    const found = sessionId === undefined ? undefined : await this.findPresent(principal, sessionId);
    return sessionId !== undefined && found?.ok ? succeeded({ sessionId, key }) : nobody;
  }

  /** Whether anybody may be at work on a session: this engine, or the one that lives and owns it. */
  isOwned(sessionId: string, livingRunId: string | null): boolean {
    const { directory, getRunId: runId } = this.#dependencies;
    return directory.get(sessionId) !== undefined || (livingRunId !== null && livingRunId !== runId());
  }

  /** A user's live sessions, oldest first. */
  listLive(principal: Principal): Entry[] {
    return [...this.#dependencies.directory.listByUser(principal.userId)];
  }

  /** Finds a session that the caller may use, in memory or in its rows. */
  async find(principal: Principal, sessionId: string): Promise<Outcome<Found>> {
    const { directory, history } = this.#dependencies;
    const known = directory.get(sessionId);
    if (known) return mayUse(principal, known.userId) ? succeeded({ kind: 'live', entry: known }) : notYours;
    const stored = await history.findSession(sessionId);
    if (!stored) return noSuchSession;
    if (!mayUse(principal, stored.userId)) return notYours;
    if (hasEnded(stored.state)) return succeeded({ kind: 'ended', sessionId, chatId: stored.chatId });
    const { chatId, userId, task, createdAtMs, livingRunId } = stored;
    const isElsewhere = livingRunId !== null && livingRunId !== this.#dependencies.getRunId();
    if (isElsewhere) return succeeded({ kind: 'elsewhere', sessionId, chatId });
    return succeeded({ kind: 'resting', session: { sessionId, chatId, userId, task, createdAtMs } });
  }

  /** As `find`, where a session that can only be read is no use. */
  async findPresent(principal: Principal, sessionId: string): Promise<Outcome<Present>> {
    const found = await this.find(principal, sessionId);
    if (!found.ok) return found;
    if (found.value.kind === 'elsewhere') return elsewhere;
    return found.value.kind === 'ended' ? noSuchSession : succeeded(found.value);
  }

  /**
   * Enters a session in the directory where it isn't there. To be called in the same turn of the event loop as the host
   * is told of it: an entry that no host runs would stay for ever. A stop always goes through.
   */
  ensureEntry(present: Present, isStop = false): Outcome<Entry> {
    const { directory, getLink: link } = this.#dependencies;
    const session = sessionOf(present);
    const known = directory.get(session.sessionId);
    if (known) return succeeded(known);
    if (!isStop && !directory.canTake(session.userId)) return tooManySessions;
    const { task, createdAtMs, sessionId, chatId, userId } = session;
    const entry = directory.add({ sessionId, chatId, userId }, { task, createdAtMs, secrets: undefined });
    if (isStop || !link(entry.host).isFull) return succeeded(entry);
    directory.remove(entry);
    return hostIsFull;
  }

  /** Why a command is not taken now; undefined where it is. A stop always is: it gives back. */
  checkRoom({ host }: Entry, { type }: Pick<Command, 'type'>): Failure | undefined {
    return type !== 'stop' && this.#dependencies.getLink(host).isFull ? hostIsFull.failure : undefined;
  }

  /** Resolves once the command is stored; a `stop`, once the session has ended. */
  async sendCommand(entry: Entry, command: Command): Promise<Outcome<Reply>> {
    const refusal = this.checkRoom(entry, command);
    if (refusal) return { ok: false, failure: refusal };
    return this.#askHost(entry, { kind: 'command', ...addressOf(entry), command });
  }

  /** Stops a session and waits until everything of it is given back. */
  async stop(present: Present): Promise<Outcome<Reply>> {
    const entry = this.ensureEntry(present, true);
    if (!entry.ok) return entry;
    const reply = await this.sendCommand(entry.value, { type: 'stop', id: createId() });
    if (reply.ok && entry.value.followers.size === 0) this.#dependencies.directory.remove(entry.value);
    return reply;
  }

  /** The follower gets the session's frames; what its owner brings with it is there before the session is activated. */
  async attach(present: Present, given: SessionSecrets, follower: Follower): Promise<Outcome<Entry>> {
    const { sessionId } = sessionOf(present);
    const isGiven = given.apiKey !== null || given.gitToken !== null;
    const known = this.#dependencies.directory.get(sessionId);
    const secrets = isGiven ? await this.#dependencies.secrets.replaceSecrets(sessionId, known, given) : undefined;
    const entry = this.ensureEntry(present);
    if (entry.ok && secrets) {
      entry.value.secrets = secrets;
      this.#dependencies.getLink(entry.value.host).tell({ kind: 'secrets', sessionId, secrets });
    }
    if (entry.ok) this.follow(entry.value, follower);
    return entry;
  }

  /** From now on the follower gets the session's frames. */
  follow(entry: Entry, follower: Follower): void {
    if (entry.followers.has(follower)) return;
    entry.followers.add(follower);
    this.#dependencies.leftSessions.forget(entry.sessionId);
    this.#tellClients(entry);
  }

  unfollow(entry: Entry, follower: Follower): void {
    const { directory, leftSessions: returns } = this.#dependencies;
    if (!entry.followers.delete(follower) || directory.get(entry.sessionId) !== entry) return;
    this.#tellClients(entry);
    if (entry.followers.size === 0 && entry.taskKey !== undefined) returns.remember(entry.sessionId, entry.taskKey);
  }

  async listFiles(present: Present): Promise<Outcome<Tree>> {
    const entry = this.ensureEntry(present);
    if (!entry.ok) return entry;
    const request = { kind: 'listFiles', ...addressOf(entry.value) } as const;
    const reply = await this.#askHost(entry.value, request, fileRequestTimeoutMs);
    return reply.ok && reply.value.kind === 'tree' ? succeeded(reply.value.tree) : unexpectedReply(reply);
  }

  async readFile(present: Present, path: string, part: FilePart): Promise<Outcome<FileContent>> {
    const entry = this.ensureEntry(present);
    if (!entry.ok) return entry;
    const request = { kind: 'readFile', ...addressOf(entry.value), path, part } as const;
    const reply = await this.#askHost(entry.value, request, fileRequestTimeoutMs);
    return reply.ok && reply.value.kind === 'file' ? succeeded(reply.value.file) : unexpectedReply(reply);
  }

  /** Frames off the ring go to the sockets of their sessions; a session's last one ends its entry. */
  deliverFrames(frames: readonly CommittedFrame[]): void {
    for (const [sessionId, ofSession] of Map.groupBy(frames, (frame) => frame.sessionId)) {
      const entry = this.#dependencies.directory.get(sessionId);
      if (!entry) continue;
      deliverTo(entry.followers, ofSession);
      if (ofSession.at(-1)?.isLast) this.#dependencies.directory.remove(entry);
    }
  }

  receiveFromHost(
    host: number,
    message: Extract<FromHost, { kind: 'transient' | 'passivated' | 'lost' | 'secretsWanted' }>,
  ): void {
    const entry = this.#dependencies.directory.get(message.sessionId);
    if (message.kind === 'secretsWanted') return void this.#sendSecrets(host, message.sessionId, entry);
    if (!entry) return;
    if (message.kind === 'lost') return entry.host === host ? this.#endLost(entry, message.failure) : undefined;
    if (message.kind === 'transient') showTransientTo(entry.followers, message.frame);
    else if (entry.followers.size === 0) this.#dependencies.directory.remove(entry);
  }

  /** A host came back empty: its sessions are activated there again, and their turns go on. */
  recoverHost(host: number, suspects: ReadonlySet<string>): void {
    const entries = [...this.#dependencies.directory.entries()].filter((entry) => entry.host === host);
    void this.#recovery.recoverHost(host, entries, suspects);
  }

  /** Out of the directory first: a client that leaves would have the session activated to tell it so. */
  #endLost(entry: Entry, failure: Failure): void {
    this.#dependencies.directory.remove(entry);
    for (const follower of [...entry.followers]) follower.refuse(failure);
  }

  /**
   * Sessions of a dead engine go on here, without their clients.
   * @returns how many
   */
  resumeCut(cut: readonly CutSession[]): Promise<number> {
    const { directory, secrets } = this.#dependencies;
    const activate = (entry: Entry) => this.#tellClients(entry);
    return resumeSessions(cut, { directory, secrets, activate, isDraining: () => this.isDraining });
  }

  /** A host that asks must hear, or its session would never be activated. */
  async #sendSecrets(host: number, sessionId: string, entry: Entry | undefined): Promise<void> {
    const secrets = await this.#dependencies.secrets.loadSecrets(sessionId, entry).catch(() => noSecrets); // PostgreSQL is away.
    this.#dependencies.getLink(host).tell({ kind: 'secrets', sessionId, secrets });
  }

  #tellClients(entry: Entry): void {
    this.#dependencies.getLink(entry.host).tell({ kind: 'clients', ...addressOf(entry) });
  }

  #askHost(entry: Entry, request: HostRequest, timeoutMs?: number): Promise<Outcome<Reply>> {
    return this.#dependencies.getLink(entry.host).ask(request, timeoutMs);
  }
}

const addressOf = (entry: Entry) => ({ sessionId: entry.sessionId, clients: entry.followers.size });
const nobody = succeeded(undefined);
export const databaseAway = failed('storageUnavailable', 'The database does not answer; try again.', {
  retryAfterMs: 2_000,
});
const hostIsFull = failed('overloaded', 'The engine has more to do than it can take.', { retryAfterMs: 1_000 });
const tooManySessions = failed('tooManySessions', 'Too many sessions are live; stop one first.', {
  retryAfterMs: 5_000,
});
const noSuchSession = failed('noSuchSession', 'There is no live session with that id.');

/** A reply of another kind than asked for would be a mistake of ours. */
const unexpectedReply = (reply: Outcome<Reply>) =>
  reply.ok ? failed('internal', 'The host gave another answer.') : reply;
