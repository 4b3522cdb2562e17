// Everything that REST and WebSocket do with sessions: create, find, command, follow, read files.
import { createId } from '../../actors/create-id.ts';
import { type Failure, goingAway, type Outcome, sessionRests, succeeded } from '../../schema/error.ts';
import type { Attachment } from '../../schema/image.ts';
import type { PlacedSession } from '../../schema/placed-session.ts';
import type { LiveSession, SessionIdentity, SessionSecrets } from '../../schema/session.ts';
import type { Command, Reply } from '../../schema/thread.ts';
import type { WorkspaceAnswers, WorkspaceRequest } from '../../schema/workspace-request.ts';
import type { DatabaseState } from '../database/database-state.ts';
import type { CutSession } from '../database/queries/take-over-runs.ts';
import type { HostRequest } from '../ring/host-link.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Principal } from './access.ts';
import { Attachments } from './attachments.ts';
import { type CreateDependencies, type CreateRequest, createPlaced, createSession, mayMake } from './create-session.ts';
import { type Directory, type Entry, type Follower, isRemote, liveSessionOf } from './directory.ts';
import { type FindLeftDependencies, findLeftSession, type ReturnTarget } from './find-left-session.ts';
import { type Found, findPresentSession, findSession, identityOf, type Present } from './find-session.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { type LeftSessions, taskKeyOf } from './left-sessions.ts';
import { checkNewSession, type NewSessionInput } from './new-session.ts';
import { databaseAway, hostIsFull, otherReply, tooManySessions } from './refusals.ts';
import { resumeSessions } from './resume.ts';
import { SessionNows, type SessionNowsDependencies } from './session-nows.ts';
import { SessionResources } from './session-resources.ts';
import { addressOf, tellClientCount, tellViewerCount } from './tell-client-count.ts';

/** How long a host may take for a file of a sandbox, and for all files, which git compares within 20 s. */
const fileTimeoutMs = 10_000;
const allFilesTimeoutMs = 50_000;
const workspaceTimeoutsMs: Record<WorkspaceRequest['ask'], number> = {
  listFiles: fileTimeoutMs,
  readFile: fileTimeoutMs,
  listChanges: allFilesTimeoutMs,
  readDiff: allFilesTimeoutMs,
  listAll: allFilesTimeoutMs,
  readBytes: fileTimeoutMs,
  makePatch: allFilesTimeoutMs,
  readPatch: allFilesTimeoutMs,
  writeFile: fileTimeoutMs,
};

export type SessionsDependencies = CreateDependencies &
  FindLeftDependencies &
  SessionNowsDependencies & {
    directory: Directory;
    secrets: Secrets;
    leftSessions: LeftSessions;
    /** While PostgreSQL is away nothing new begins, since nothing could be stored. */
    databaseState: Pick<DatabaseState, 'isAway'>;
    /** Hears that somebody has begun or ceased to watch a session that this engine doesn't have. */
    onWatched?(sessionId: string): void;
    /** Of a cluster: the sessions that a user has in memory at other engines. */
    listElsewhere?(userId: string): Promise<LiveSession[]>;
  };

export class Sessions {
  readonly #dependencies: SessionsDependencies;
  /** The queue by task, in which requests for the same task wait for each other. */
  readonly #queue = new KeyedQueue();
  /** What sandboxes use. */
  readonly resources: SessionResources;
  /** How sessions stand. */
  readonly nows: SessionNows;
  readonly attachments: Attachments;
  isDraining = false;
  /** While nothing new begins, but what is there goes on: the engine ends once nothing is at work. */
  isDrainAsked = false;

  constructor(dependencies: SessionsDependencies) {
    this.#dependencies = dependencies;
    this.resources = new SessionResources(dependencies);
    this.nows = new SessionNows(dependencies);
    this.attachments = new Attachments(dependencies);
  }

  get isDatabaseAway(): boolean {
    return this.#dependencies.databaseState.isAway;
  }

  /** Why nothing can be stored now; undefined where it can. */
  checkAvailability() {
    if (this.isDraining) return goingAway;
    return this.isDatabaseAway ? databaseAway : undefined;
  }

  /** Why the caller may have no further session now; undefined where they may. */
  checkFurther(principal: Principal) {
    return this.checkAvailability() ?? (mayMake(this.#dependencies, principal) ? undefined : tooManySessions);
  }

  /** Checks settings as those of any new session. */
  checkSettings(asked: NewSessionInput): Outcome<NewSessionInput> {
    return checkNewSession(asked, this.#dependencies.rules);
  }

  /** Resolves once the session is stored. */
  async create(principal: Principal, request: CreateRequest): Promise<Outcome<Entry>> {
    return (
      this.checkAvailability() ??
      (this.isDrainAsked && !this.#dependencies.placing
        ? goingAway
        : createSession(this.#dependencies, principal, request))
    );
  }

  /**
   * Gives `act` the caller's session with the same task that lost its last client a moment ago, if there is one; `elsewhere`
   * while its engine may be dying, to be taken over in a few seconds. Requests for the same task wait for each other, since
   * a client may be back before its session is stored.
   */
  async returnToLeft<Result>(
    principal: Principal,
    asked: NewSessionInput,
    act: (left: Outcome<ReturnTarget | undefined>) => Promise<Result>,
  ): Promise<Result> {
    const { rules, leftSessions } = this.#dependencies;
    const checked = checkNewSession(asked, rules);
    if (!checked.ok || leftSessions.isOff) return act(succeeded(undefined));
    const task = checked.value.settings;
    const key = taskKeyOf(principal.userId, task);
    return this.#queue.run(key, async () => act(await findLeftSession(this.#dependencies, principal, { key, task })));
  }

  /** Makes a session here that another engine has checked. */
  async createPlaced(
    identity: SessionIdentity,
    placed: PlacedSession & { secrets: SessionSecrets },
  ): Promise<Outcome<Reply>> {
    if (this.isDrainAsked) return goingAway;
    return this.checkAvailability() ?? createPlaced(this.#dependencies, identity, placed);
  }

  /** Whether this engine, or a living one that owns the session, may be at work on it. */
  isOwned(sessionId: string, livingRunId: string | null): boolean {
    const { directory, run } = this.#dependencies;
    return directory.get(sessionId) !== undefined || (livingRunId !== null && livingRunId !== run.id);
  }

  /** Its place among those that wait for a sandbox; null for a session that doesn't wait here. */
  findQueuePosition(sessionId: string): number | null {
    return this.#dependencies.directory.get(sessionId)?.queuePosition ?? null;
  }

  /** How many follow the session at this engine. */
  countWatchers(sessionId: string): number {
    return this.#dependencies.directory.audienceOf(sessionId).size;
  }

  /** A user's live sessions, oldest first, of a cluster those at all engines. */
  async listLive({ userId }: Principal): Promise<LiveSession[]> {
    const { directory, listElsewhere } = this.#dependencies;
    const here = [...directory.listByUser(userId)].map(liveSessionOf);
    if (!listElsewhere) return here;
    const known = new Map([...here, ...(await listElsewhere(userId))].map((session) => [session.sessionId, session]));
    return [...known.values()].sort((one, other) => one.createdAtMs - other.createdAtMs);
  }

  /** Finds a session that the caller may use, in memory or in its rows, without activating it. */
  find(principal: Principal, sessionId: string): Promise<Outcome<Found>> {
    return findSession(this.#dependencies, principal, sessionId);
  }

  /** Finds a session that takes commands; one that can only be read is refused. */
  findPresent(principal: Principal, sessionId: string): Promise<Outcome<Present>> {
    return findPresentSession(this.#dependencies, principal, sessionId);
  }

  /**
   * Enters a session in the directory where it is missing. To be called in the same turn of the event loop as its host is
   * told of it, since an entry without an actor would never be removed. A stop always goes through.
   */
  ensureEntry(present: Present, isStop = false): Outcome<Entry> {
    const { directory, hosts } = this.#dependencies;
    const session = identityOf(present);
    const known = directory.get(session.sessionId);
    if (known) return succeeded(known);
    if (present.kind === 'live' && isRemote(present.entry)) return succeeded(present.entry);
    if (!isStop && !directory.canTake(session.userId)) return tooManySessions;
    const { task, createdAtMs, sessionId, chatId, userId } = session;
    const entry = directory.add({ sessionId, chatId, userId }, { task, createdAtMs, secrets: undefined });
    if (isStop || !hosts.getLink(entry.host).isFull) return succeeded(entry);
    directory.remove(entry);
    return hostIsFull;
  }

  /** Why a command is refused now; undefined where it isn't. A stop never is, since it makes room. */
  checkRoom({ host }: Entry, { type }: Pick<Command, 'type'>): Failure | undefined {
    return type !== 'stop' && this.#dependencies.hosts.getLink(host).isFull ? hostIsFull.failure : undefined;
  }

  /** Resolves once the command is stored; for a `stop`, once the session has ended. */
  async sendCommand(entry: Entry, command: Command): Promise<Outcome<Reply>> {
    const refusal = this.checkRoom(entry, command);
    if (refusal) return { ok: false, failure: refusal };
    return this.#askHost(entry, { kind: 'command', ...addressOf(entry), command });
  }

  /** Stops a session and waits until its sandbox is gone. */
  async stop(present: Present): Promise<Outcome<Reply>> {
    const entry = this.ensureEntry(present, true);
    if (!entry.ok) return entry;
    const reply = await this.sendCommand(entry.value, { type: 'stop', id: createId() });
    if (reply.ok && entry.value.followers.size === 0) this.#dependencies.directory.remove(entry.value);
    return reply;
  }

  /** Lets a follower have the session's frames; secrets that it brings are stored before the session is activated. */
  async attach(present: Present, given: SessionSecrets, follower: Follower): Promise<Outcome<Entry>> {
    const { sessionId } = identityOf(present);
    const isGiven = given.apiKey !== null || given.gitToken !== null || given.mcp !== undefined;
    const entered = this.#dependencies.directory.get(sessionId);
    const known = entered && !isRemote(entered) ? entered : undefined; // Others may have changed those of a session elsewhere.
    const secrets = isGiven ? await this.#dependencies.secrets.replaceSecrets(sessionId, known, given) : undefined;
    const entry = this.ensureEntry(present);
    if (entry.ok && secrets) {
      if (!isRemote(entry.value)) entry.value.secrets = secrets;
      this.#dependencies.hosts.getLink(entry.value.host).tell({ kind: 'secrets', sessionId, secrets });
    }
    if (entry.ok) this.follow(entry.value, follower);
    return entry;
  }

  /** Gives the follower the session's frames from now on. */
  follow(entry: Entry, follower: Follower): void {
    if (entry.followers.has(follower)) return;
    if (isRemote(entry)) this.#enterRemote(entry);
    entry.followers.add(follower);
    this.#dependencies.leftSessions.forget(entry.sessionId);
    tellClientCount(this.#dependencies.hosts, entry);
  }

  /** A session of another engine is in the directory while somebody here follows it. */
  #enterRemote(entry: Entry): void {
    const { directory } = this.#dependencies;
    if (directory.get(entry.sessionId) !== entry) directory.enter(entry);
  }

  unfollow(entry: Entry, follower: Follower): void {
    const { directory, hosts, leftSessions } = this.#dependencies;
    if (!entry.followers.delete(follower) || directory.get(entry.sessionId) !== entry) return;
    tellClientCount(hosts, entry);
    if (entry.followers.size === 0 && entry.taskKey !== undefined)
      leftSessions.remember(entry.sessionId, entry.taskKey);
  }

  /** Gives the follower the session's frames without making it a client: a session at rest stays so. */
  watch(sessionId: string, viewer: Follower): void {
    this.#dependencies.directory.addViewer(sessionId, viewer);
    this.#tellViewerCount(sessionId);
  }

  unwatch(sessionId: string, viewer: Follower): void {
    this.#dependencies.directory.removeViewer(sessionId, viewer);
    this.#tellViewerCount(sessionId);
  }

  #tellViewerCount(sessionId: string): void {
    const { directory, hosts, onWatched } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (entry) tellViewerCount(hosts, entry);
    else onWatched?.(sessionId);
  }

  /** Asks something of a session's workspace. @param mayWake whether that may bring its sandbox back */
  async askWorkspace<Ask extends WorkspaceRequest['ask']>(
    present: Present,
    request: Extract<WorkspaceRequest, { ask: Ask }>,
    mayWake = true,
  ): Promise<Outcome<WorkspaceAnswers[Ask]>> {
    if (!mayWake && present.kind === 'passivated') return sessionRests;
    const entry = this.ensureEntry(present);
    if (!entry.ok) return entry;
    if (request.ask === 'writeFile' && this.#dependencies.hosts.getLink(entry.value.host).isFull) return hostIsFull;
    const asked = { kind: 'workspace', ...addressOf(entry.value), request, mayWake } as const;
    const reply = await this.#askHost(entry.value, asked, workspaceTimeoutsMs[request.ask]);
    if (!reply.ok) return reply;
    return reply.value.kind === 'workspace' ? succeeded(reply.value.answer as WorkspaceAnswers[Ask]) : otherReply;
  }

  /** Finds files of a session's workspace that a message names. */
  findAttachments(present: Present, paths: readonly string[]): Promise<Outcome<Attachment[]>> {
    const { sessionId } = identityOf(present);
    return this.attachments.find(sessionId, paths, (path, part) =>
      this.askWorkspace(present, { ask: 'readFile', path, part }),
    );
  }

  /**
   * Activates sessions whose turn was cut, without their clients.
   * @returns how many go on, also those that clients have fetched
   */
  resumeCut(cut: readonly CutSession[]): Promise<number> {
    const { directory, secrets, hosts } = this.#dependencies;
    const activate = (entry: Entry) => tellClientCount(hosts, entry);
    return resumeSessions(cut, { directory, secrets, activate, isDraining: () => this.isDraining });
  }

  #askHost(entry: Entry, request: HostRequest, timeoutMs?: number): Promise<Outcome<Reply>> {
    return this.#dependencies.hosts.getLink(entry.host).ask(request, timeoutMs);
  }
}
