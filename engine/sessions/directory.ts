// Which sessions are live, on which host, and which sockets follow them. All that the main thread knows of them.
import type { Failure } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Features } from '../../schema/protocol/additions.ts';
import type { SessionIdentity, SessionSecrets } from '../../schema/session.ts';
import type { CommittedFrame } from '../../schema/thread.ts';

/** As sockets get it: a text, or its bytes where many sockets get the same. */
export type Frame = string | Uint8Array;
/** An event as a socket gets it: one frame, or none or two of the reference's protocol. */
export type NumberedFrames = Pick<CommittedFrame, 'epoch' | 'sequence' | 'isLast'> & { frames: readonly Frame[] };

/** A socket as its session's frames see it. */
export interface Follower {
  /** Which additions to the reference's protocol it has asked for. */
  readonly features: Features;
  /** Frames of committed events, in order; some may be known already. */
  deliver(events: readonly NumberedFrames[]): void;
  /** Frames that are never stored. */
  showTransient(frames: readonly Frame[]): void;
  /** Asks whether anybody is there: a connection may be cut without a word. False when nobody has answered in time. */
  isThere(): Promise<boolean>;
  /** The session can't go on: says why, and ends. */
  refuse(failure: Failure): void;
}

export type Entry = SessionIdentity & {
  host: number;
  task: string;
  /** Of what it was asked for, where that is known: by it a client finds the session again that says the same. */
  taskKey?: string;
  createdAtMs: number;
  /** While it waits for a sandbox: its place, from 1. */
  queuePosition?: number | undefined;
  followers: Set<Follower>;
  /** Undefined until somebody asked for those of a session that was found in its row. */
  secrets: SessionSecrets | undefined;
};

const nobodys: ReadonlySet<Entry> = new Set();

export class Directory {
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, Set<Entry>>();
  readonly #sessionsOfHost: number[];
  readonly #perUserMax: number;

  /** @param perUserMax live sessions of one user, so that one caller can't take the whole engine */
  constructor(hosts: number, perUserMax: number = limits.sessionsPerUserMax) {
    this.#perUserMax = perUserMax;
    this.#sessionsOfHost = new Array(hosts).fill(0);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(sessionId: string): Entry | undefined {
    return this.#entries.get(sessionId);
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** A user's live sessions, in the order they came. */
  listByUser(userId: string): ReadonlySet<Entry> {
    return this.#byUser.get(userId) ?? nobodys;
  }

  canTake(userId: string): boolean {
    return this.size < limits.sessionsMax && this.listByUser(userId).size < this.#perUserMax;
  }

  /** Enters a session at the host with the fewest. */
  add(identity: SessionIdentity, more: Pick<Entry, 'task' | 'createdAtMs' | 'secrets'>): Entry {
    const host = this.#sessionsOfHost.indexOf(Math.min(...this.#sessionsOfHost));
    const entry: Entry = { ...identity, ...more, host, followers: new Set() };
    this.#entries.set(entry.sessionId, entry);
    const ofUser = this.#byUser.get(entry.userId);
    if (ofUser) ofUser.add(entry);
    else this.#byUser.set(entry.userId, new Set([entry]));
    this.#sessionsOfHost[host] = (this.#sessionsOfHost[host] ?? 0) + 1;
    return entry;
  }

  remove(entry: Entry): void {
    if (!this.#entries.delete(entry.sessionId)) return;
    const ofUser = this.#byUser.get(entry.userId);
    ofUser?.delete(entry);
    if (ofUser?.size === 0) this.#byUser.delete(entry.userId);
    this.#sessionsOfHost[entry.host] = (this.#sessionsOfHost[entry.host] ?? 1) - 1;
  }
}
