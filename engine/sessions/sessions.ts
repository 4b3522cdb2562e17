// What can be done with sessions, over REST and WebSocket alike: create, find, command, follow, read files.
import { newId } from '../../actors/new-id.ts';
import { elsewhere, type Failure, failed, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import {
  hasEnded,
  noSecrets,
  type SessionIdentity,
  type SessionSecrets,
  type SessionSettings,
} from '../../schema/session.ts';
import type { Command, CommittedFrame, FromHost, Reply } from '../../schema/thread.ts';
import type { History } from '../database/history.ts';
import type { CutSession } from '../database/queries/take-over.ts';
import type { HostLink, HostRequest } from '../ring/host-link.ts';
import type { Keys } from '../secrets/keys.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { mayUse, notYours, type Principal } from './access.ts';
import type { Directory, Entry, Follower } from './directory.ts';
import { deliverTo, showTo } from './fan-out.ts';
import { InTurn } from './in-turn.ts';
import { checkWanted, type Rules, type Wanted } from './new-session.ts';
import { Recovery } from './recovery.ts';
import type { RequestMark } from './request-mark.ts';
import { resume } from './resume.ts';
import { type Asked, askedKeyOf, leftSilently, type Returns } from './returns.ts';

export type SessionsParts = {
  directory: Directory;
  history: History;
  secrets: Secrets;
  keys: Pick<Keys, 'refusalOf'>;
  rules: Rules;
  returns: Returns;
  link(host: number): HostLink;
  /** The sessions of a host that are at work. */
  working(host: number): ReadonlySet<string>;
  /** Resolves once it is known here what this engine has taken over by now. */
  takeOverEnded(): Promise<void>;
  /** The run of the engine that owns what is claimed here. */
  runId(): string;
  /** While PostgreSQL is away nothing new is begun: nobody could be told that it is stored. */
  isStorageAway(): boolean;
  now(): number;
};

export type NewSession = {
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
export type Left = { sessionId: string; key: string };

type Stored = { sessionId: string; chatId: string };
/** A session as found; one that has ended, or that another engine has, is only readable. */
export type Found = Present | ({ kind: 'ended' } & Stored) | ({ kind: 'elsewhere' } & Stored);

/** Where a session's events are stored. */
export function chatIdOf(found: Found): string {
  return found.kind === 'ended' || found.kind === 'elsewhere' ? found.chatId : sessionOf(found).chatId;
}

const sessionOf = (present: Present) => (present.kind === 'live' ? present.entry : present.session);

export class Sessions {
  readonly #parts: SessionsParts;
  /** By what is asked for. */
  readonly #inTurn = new InTurn();
  readonly #recovery: Recovery;
  isDraining = false;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    const { directory, link, working, now } = parts;
    this.#recovery = new Recovery({
      activate: (entry) => this.#tellClients(entry),
      giveUp: ({ host, sessionId }, failure) => link(host).tell({ kind: 'giveUp', sessionId, failure }),
      isLive: (entry) => directory.get(entry.sessionId) === entry,
      working,
      now,
    });
  }

  get isStorageAway(): boolean {
    return this.#parts.isStorageAway();
  }

  /** Why nothing that has to be stored can be taken now; undefined where it can. */
  whyNothingNew() {
    if (this.isDraining) return goingAway;
    return this.isStorageAway ? storageAway : undefined;
  }

  /** Resolves once the session is stored. */
  async create(principal: Principal, asked: NewSession): Promise<Outcome<Entry>> {
    const { directory, history, now, keys, rules } = this.#parts;
    const unavailable = this.whyNothingNew();
    if (unavailable) return unavailable;
    if (!(await history.ensureUser(principal.userId)))
      return failed('unknownUser', 'There is no such user yet; sign in at the front end first.');
    const wanted = checkWanted(asked, rules);
    if (!wanted.ok) return wanted;
    const { secrets } = wanted.value;
    const settings = { ...wanted.value.settings, ...(asked.mark && { requestDigest: asked.mark.digest }) };
    const refusal = await keys.refusalOf(settings.provider, secrets.apiKey);
    if (refusal) return { ok: false, failure: refusal };
    if (!directory.canTake(principal.userId)) return tooManySessions;
    const sessionId = asked.mark?.sessionId ?? newId();
    if (directory.get(sessionId)) return failed('noAnswer', 'The session is being made.', { retryAfterMs: 1_000 });
    const identity = { sessionId, chatId: newId(), userId: principal.userId };
    const { commandId, autoStart } = asked;
    const entry = directory.add(identity, { task: settings.task, createdAtMs: now(), secrets });
    if (this.#parts.link(entry.host).isFull) {
      directory.remove(entry);
      return hostIsFull;
    }
    entry.askedKey = askedKeyOf(principal.userId, settings);
    if (asked.follower) entry.followers.add(asked.follower);
    const sealedSecrets = await this.#parts.secrets.seal(sessionId, secrets).catch((bug) => {
      directory.remove(entry); // No host will ever hear of it.
      throw bug;
    });
    const clients = entry.followers.size;
    const reply = await this.#ask(entry, {
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
    const stored = await this.#parts.history.session(sessionId).catch(() => null);
    return stored?.chatId === chatId; // Another attempt of the same request has another chat.
  }

  /**
   * The session of a caller that was asked for the same and lost its last client a moment ago, if it goes on, is given to
   * `act`; `elsewhere` while the engine that has it may be dying: then it is taken over in a few seconds. Who asks for the same
   * at once waits: a client that was cut off at once may be back before its session is stored.
   */
  async withLeft<Result>(
    principal: Principal,
    asked: Wanted,
    act: (left: Outcome<Left | undefined>) => Promise<Result>,
  ): Promise<Result> {
    const wanted = checkWanted(asked, this.#parts.rules);
    if (!wanted.ok || this.#parts.returns.isOff) return act(nobody);
    const { settings } = wanted.value;
    const key = askedKeyOf(principal.userId, settings);
    return this.#inTurn.run(key, async () => act(await this.#findLeft(principal, key, settings)));
  }

  /** Clients whose connection was cut without a word look as if they were there: they are asked. */
  async #findLeft(principal: Principal, key: string, asked: Asked): Promise<Outcome<Left | undefined>> {
    const { directory, history, returns, takeOverEnded } = this.#parts;
    let sessionId = returns.find(key) ?? (await leftSilently(directory.of(principal.userId), key));
    if (sessionId === undefined) {
      if (await history.isLeftBehind(principal.userId, asked)) return elsewhere;
      await takeOverEnded(); // It may have been taken over before that was asked.
      sessionId = returns.find(key);
    }
    const found = sessionId === undefined ? undefined : await this.findPresent(principal, sessionId);
    return sessionId !== undefined && found?.ok ? succeeded({ sessionId, key }) : nobody;
  }

  /** Whether anybody may be at work on a session: this engine, or the one that lives and owns it. */
  isOwned(sessionId: string, livingRunId: string | null): boolean {
    const { directory, runId } = this.#parts;
    return directory.get(sessionId) !== undefined || (livingRunId !== null && livingRunId !== runId());
  }

  /** A user's live sessions, oldest first. */
  list(principal: Principal): Entry[] {
    return [...this.#parts.directory.of(principal.userId)];
  }

  /** Finds a session that the caller may use, in memory or in its rows. */
  async find(principal: Principal, sessionId: string): Promise<Outcome<Found>> {
    const { directory, history } = this.#parts;
    const known = directory.get(sessionId);
    if (known) return mayUse(principal, known.userId) ? succeeded({ kind: 'live', entry: known }) : notYours;
    const stored = await history.session(sessionId);
    if (!stored) return noSuchSession;
    if (!mayUse(principal, stored.userId)) return notYours;
    if (hasEnded(stored.state)) return succeeded({ kind: 'ended', sessionId, chatId: stored.chatId });
    const { chatId, userId, task, createdAtMs, livingRunId } = stored;
    const isElsewhere = livingRunId !== null && livingRunId !== this.#parts.runId();
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
  enter(present: Present, isStop = false): Outcome<Entry> {
    const { directory, link } = this.#parts;
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
  whyNotNow({ host }: Entry, { type }: Pick<Command, 'type'>): Failure | undefined {
    return type !== 'stop' && this.#parts.link(host).isFull ? hostIsFull.failure : undefined;
  }

  /** Resolves once the command is stored; a `stop`, once the session has ended. */
  async command(entry: Entry, command: Command): Promise<Outcome<Reply>> {
    const refusal = this.whyNotNow(entry, command);
    if (refusal) return { ok: false, failure: refusal };
    return this.#ask(entry, { kind: 'command', ...addressOf(entry), command });
  }

  /** Stops a session and waits until everything of it is given back. */
  async stop(present: Present): Promise<Outcome<Reply>> {
    const entry = this.enter(present, true);
    if (!entry.ok) return entry;
    const reply = await this.command(entry.value, { type: 'stop', id: newId() });
    if (reply.ok && entry.value.followers.size === 0) this.#parts.directory.remove(entry.value);
    return reply;
  }

  /** The follower gets the session's frames; what its owner brings with it is there before the session is activated. */
  async attach(present: Present, given: SessionSecrets, follower: Follower): Promise<Outcome<Entry>> {
    const { sessionId } = sessionOf(present);
    const isGiven = given.apiKey !== null || given.gitToken !== null;
    const known = this.#parts.directory.get(sessionId);
    const secrets = isGiven ? await this.#parts.secrets.replace(sessionId, known, given) : undefined;
    const entry = this.enter(present);
    if (entry.ok && secrets) {
      entry.value.secrets = secrets;
      this.#parts.link(entry.value.host).tell({ kind: 'secrets', sessionId, secrets });
    }
    if (entry.ok) this.follow(entry.value, follower);
    return entry;
  }

  /** From now on the follower gets the session's frames. */
  follow(entry: Entry, follower: Follower): void {
    if (entry.followers.has(follower)) return;
    entry.followers.add(follower);
    this.#parts.returns.came(entry.sessionId);
    this.#tellClients(entry);
  }

  unfollow(entry: Entry, follower: Follower): void {
    const { directory, returns } = this.#parts;
    if (!entry.followers.delete(follower) || directory.get(entry.sessionId) !== entry) return;
    this.#tellClients(entry);
    if (entry.followers.size === 0 && entry.askedKey !== undefined) returns.left(entry.sessionId, entry.askedKey);
  }

  async listFiles(present: Present): Promise<Outcome<Tree>> {
    const entry = this.enter(present);
    if (!entry.ok) return entry;
    const request = { kind: 'listFiles', ...addressOf(entry.value) } as const;
    const reply = await this.#ask(entry.value, request, limits.fileRequestTimeoutMs);
    return reply.ok && reply.value.kind === 'tree' ? succeeded(reply.value.tree) : unexpected(reply);
  }

  async readFile(present: Present, path: string, part: FilePart): Promise<Outcome<FileContent>> {
    const entry = this.enter(present);
    if (!entry.ok) return entry;
    const request = { kind: 'readFile', ...addressOf(entry.value), path, part } as const;
    const reply = await this.#ask(entry.value, request, limits.fileRequestTimeoutMs);
    return reply.ok && reply.value.kind === 'file' ? succeeded(reply.value.file) : unexpected(reply);
  }

  /** Frames off the ring go to the sockets of their sessions; a session's last one ends its entry. */
  deliver(frames: readonly CommittedFrame[]): void {
    for (const [sessionId, ofSession] of Map.groupBy(frames, (frame) => frame.sessionId)) {
      const entry = this.#parts.directory.get(sessionId);
      if (!entry) continue;
      deliverTo(entry.followers, ofSession);
      if (ofSession.at(-1)?.isLast) this.#parts.directory.remove(entry);
    }
  }

  heardHost(
    host: number,
    message: Extract<FromHost, { kind: 'live' | 'passivated' | 'lost' | 'secretsWanted' }>,
  ): void {
    const entry = this.#parts.directory.get(message.sessionId);
    if (message.kind === 'secretsWanted') return void this.#sendSecrets(host, message.sessionId, entry);
    if (!entry) return;
    if (message.kind === 'lost') return entry.host === host ? this.#lost(entry, message.failure) : undefined;
    if (message.kind === 'live') showTo(entry.followers, message.frame);
    else if (entry.followers.size === 0) this.#parts.directory.remove(entry);
  }

  /** A host came back empty: its sessions are activated there again, and their turns go on. */
  hostReplaced(host: number, suspects: ReadonlySet<string>): void {
    const entries = [...this.#parts.directory.entries()].filter((entry) => entry.host === host);
    void this.#recovery.hostReplaced(host, entries, suspects);
  }

  /** Out of the directory first: a client that leaves would have the session activated to tell it so. */
  #lost(entry: Entry, failure: Failure): void {
    this.#parts.directory.remove(entry);
    for (const follower of [...entry.followers]) follower.refuse(failure);
  }

  /**
   * Sessions of a dead engine go on here, without their clients.
   * @returns how many
   */
  resume(cut: readonly CutSession[]): Promise<number> {
    const { directory, secrets } = this.#parts;
    const activate = (entry: Entry) => this.#tellClients(entry);
    return resume(cut, { directory, secrets, activate, isDraining: () => this.isDraining });
  }

  /** A host that asks must hear, or its session would never be activated. */
  async #sendSecrets(host: number, sessionId: string, entry: Entry | undefined): Promise<void> {
    const secrets = await this.#parts.secrets.of(sessionId, entry).catch(() => noSecrets); // PostgreSQL is away.
    this.#parts.link(host).tell({ kind: 'secrets', sessionId, secrets });
  }

  #tellClients(entry: Entry): void {
    this.#parts.link(entry.host).tell({ kind: 'clients', ...addressOf(entry) });
  }

  #ask(entry: Entry, request: HostRequest, timeoutMs?: number): Promise<Outcome<Reply>> {
    return this.#parts.link(entry.host).ask(request, timeoutMs);
  }
}

const addressOf = (entry: Entry) => ({ sessionId: entry.sessionId, clients: entry.followers.size });
const nobody = succeeded(undefined);
export const storageAway = failed('storageUnavailable', 'The database does not answer; try again.', {
  retryAfterMs: 2_000,
});
const hostIsFull = failed('overloaded', 'The engine has more to do than it can take.', { retryAfterMs: 1_000 });
const tooManySessions = failed('tooManySessions', 'Too many sessions are live; stop one first.', {
  retryAfterMs: 5_000,
});
const noSuchSession = failed('noSuchSession', 'There is no live session with that id.');

/** A reply of another kind than asked for would be a mistake of ours. */
const unexpected = (reply: Outcome<Reply>) => (reply.ok ? failed('internal', 'The host gave another answer.') : reply);
