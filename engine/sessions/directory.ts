// The live sessions: on which host each is, and which connections follow it.
import type { Failure } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Features } from '../../schema/protocol/additions.ts';
import type { LiveSession, SessionIdentity, SessionSecrets } from '../../schema/session.ts';
import type { CommittedFrame } from '../../schema/thread.ts';

/** A frame as connections send it: text, or bytes where several send the same. */
export type Frame = string | Uint8Array;
export const textOf = (frame: Frame): string => (typeof frame === 'string' ? frame : Buffer.from(frame).toString());

/** An event's frames for one connection: one, or none or two in the reference's protocol. */
export type NumberedFrames = Pick<CommittedFrame, 'epoch' | 'sequence' | 'isLast'> & { frames: readonly Frame[] };

/** A connection, or another receiver, that gets a session's frames. */
export interface Follower {
  /** The additions to the reference's protocol that its client asked for. */
  readonly features: Features;
  /** The engine that it stands for; absent for a connection of this one. */
  readonly bootId?: string;
  /** Gets frames of committed events, in order; it may have had some already. */
  deliver(events: readonly NumberedFrames[]): void;
  /** Gets transient frames. */
  showTransient(frames: readonly Frame[]): void;
  /** Reads what is stored up to a sequence, where it didn't come. */
  expect(lastSequence: number): void;
  /** Asks the client whether it is there, since a connection may be cut unnoticed; false without an answer in time. */
  isThere(): Promise<boolean>;
  /** Tells the client why the session can't go on, and closes. */
  refuse(failure: Failure): void;
}

export type Entry = SessionIdentity & {
  host: number;
  task: string;
  /** The key of the session's task, where it is known; a client finds its session again by it. */
  taskKey?: string;
  createdAtMs: number;
  /** Whether it isn't stored yet, so that nobody else can have it. */
  isBeingMade?: boolean;
  /** While it waits for a sandbox: its place, from 1. */
  queuePosition?: number | undefined;
  followers: Set<Follower>;
  /** How many watch it without being its clients. */
  viewers: number;
  /** Undefined for a session that was found in its row, until its secrets are asked for. */
  secrets: SessionSecrets | undefined;
};

/** Stands for the host of a session that another engine has, and that is followed over the bus. */
export const remoteHost = -1;
export const isRemote = ({ host }: Pick<Entry, 'host'>): boolean => host === remoteHost;

/** An entry that isn't in the directory until somebody follows it. */
export const makeRemoteEntry = (identity: SessionIdentity, more: Pick<Entry, 'task' | 'createdAtMs'>): Entry => ({
  ...identity,
  ...more,
  host: remoteHost,
  followers: new Set(),
  viewers: 0,
  secrets: undefined,
});

export const liveSessionOf = ({ sessionId, userId, task, createdAtMs }: Entry): LiveSession => ({
  sessionId,
  userId,
  task,
  createdAtMs,
});

const noFollowers: ReadonlySet<Follower> = new Set();
const noEntries: ReadonlySet<Entry> = new Set();

/** What several engines tell each other of their users. */
export type SharedCounts = {
  countElsewhere(userId: string): number;
  /** The user may have more sessions here, or fewer. */
  onChanged(userId: string): void;
};

export class Directory {
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, Set<Entry>>();
  readonly #sessionsOfHost: number[];
  /** Who watches a session without being its client, whether it is live or not. */
  readonly #viewers = new Map<string, Set<Follower>>();
  readonly #perUserMax: number;
  #shared: SharedCounts | undefined;

  /** @param perUserMax how many live sessions one user may have, so that one can't fill the whole engine */
  constructor(hosts: number, perUserMax: number = limits.sessionsPerUserMax) {
    this.#perUserMax = perUserMax;
    this.#sessionsOfHost = new Array(hosts).fill(0);
  }

  /** Has sessions at other engines counted for their users too. */
  shareCounts(shared: SharedCounts): void {
    this.#shared = shared;
  }

  /** The users who have sessions here, or follow some. */
  users(): Iterable<string> {
    return this.#byUser.keys();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many of them this engine has itself, and doesn't only follow. */
  get ownSize(): number {
    return this.#sessionsOfHost.reduce((sum, sessions) => sum + sessions, 0);
  }

  get(sessionId: string): Entry | undefined {
    return this.#entries.get(sessionId);
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Those that this engine has, and that are stored. */
  listOwn(): Entry[] {
    return [...this.#entries.values()].filter((entry) => !isRemote(entry) && entry.isBeingMade !== true);
  }

  /** A user's live sessions, oldest first. */
  listByUser(userId: string): ReadonlySet<Entry> {
    return this.#byUser.get(userId) ?? noEntries;
  }

  /** How many sessions wait for a sandbox. */
  countQueued(): number {
    let queued = 0;
    for (const { queuePosition } of this.#entries.values()) if (queuePosition !== undefined) queued++;
    return queued;
  }

  canTake(userId: string): boolean {
    return this.hasRoom && this.mayHaveMore(userId);
  }

  get hasRoom(): boolean {
    return this.size < limits.sessionsMax;
  }

  /** Whether the user may have a further session, be it here or at another engine. */
  mayHaveMore(userId: string): boolean {
    return this.#countOf(userId) < this.#perUserMax;
  }

  /** Enters a session at the host with the fewest sessions. */
  add(identity: SessionIdentity, more: Pick<Entry, 'task' | 'createdAtMs' | 'secrets'>): Entry {
    const entry: Entry = { ...identity, ...more, host: this.chooseHost(), followers: new Set(), viewers: 0 };
    this.enter(entry);
    return entry;
  }

  /** The host with the fewest sessions. */
  chooseHost(): number {
    return this.#sessionsOfHost.indexOf(Math.min(...this.#sessionsOfHost));
  }

  enter(entry: Entry): void {
    this.#entries.set(entry.sessionId, entry);
    entry.viewers = this.viewersOf(entry.sessionId).size;
    const userEntries = this.#byUser.get(entry.userId);
    if (userEntries) userEntries.add(entry);
    else this.#byUser.set(entry.userId, new Set([entry]));
    this.#countAtHost(entry, 1);
  }

  remove(entry: Entry): void {
    if (this.#entries.get(entry.sessionId) !== entry) return;
    this.#entries.delete(entry.sessionId);
    const userEntries = this.#byUser.get(entry.userId);
    userEntries?.delete(entry);
    if (userEntries?.size === 0) this.#byUser.delete(entry.userId);
    this.#countAtHost(entry, -1);
  }

  /** Another host has the session from now on, or another engine. */
  move(entry: Entry, host: number): void {
    this.#countAtHost(entry, -1);
    entry.host = host;
    entry.queuePosition = undefined;
    this.#countAtHost(entry, 1);
  }

  viewersOf(sessionId: string): ReadonlySet<Follower> {
    return this.#viewers.get(sessionId) ?? noFollowers;
  }

  addViewer(sessionId: string, viewer: Follower): void {
    const viewers = this.#viewers.get(sessionId);
    if (viewers) viewers.add(viewer);
    else this.#viewers.set(sessionId, new Set([viewer]));
    this.#countViewers(sessionId);
  }

  removeViewer(sessionId: string, viewer: Follower): void {
    const viewers = this.#viewers.get(sessionId);
    viewers?.delete(viewer);
    if (viewers?.size === 0) this.#viewers.delete(sessionId);
    this.#countViewers(sessionId);
  }

  /** All who get the session's frames. */
  audienceOf(sessionId: string): ReadonlySet<Follower> {
    const followers = this.get(sessionId)?.followers ?? noFollowers;
    const viewers = this.viewersOf(sessionId);
    return viewers.size === 0 ? followers : followers.union(viewers);
  }

  /** The sessions that somebody watches without being their client. */
  watchedSessions(): Iterable<string> {
    return this.#viewers.keys();
  }

  /** A session that is followed here and is at another engine is counted there. */
  #countOf(userId: string): number {
    const entries = this.listByUser(userId);
    if (!this.#shared) return entries.size;
    return [...entries].filter((entry) => !isRemote(entry)).length + this.#shared.countElsewhere(userId);
  }

  #countAtHost({ host, userId }: Entry, more: number): void {
    this.#shared?.onChanged(userId);
    if (host !== remoteHost) this.#sessionsOfHost[host] = (this.#sessionsOfHost[host] ?? 0) + more;
  }

  #countViewers(sessionId: string): void {
    const entry = this.get(sessionId);
    if (entry) entry.viewers = this.viewersOf(sessionId).size;
  }
}
