// Sessions that lost their last client a moment ago, by what they were asked for: a client of the reference that was cut off
// says its first message again, and is given the session that works on it rather than a second one.
import { hash } from 'node:crypto';
import { limits } from '../../schema/limits.ts';
import type { SessionSettings } from '../../schema/session.ts';
import type { Entry, Follower } from './directory.ts';

/** What has to be the same; another repository or branch is another task, whatever its words. */
export type TaskIdentity = Pick<SessionSettings, 'task' | 'projectId' | 'repoUrl' | 'branch'>;

/** A digest, since a task may be long. */
export const taskKeyOf = (userId: string, { task, projectId, repoUrl, branch }: TaskIdentity): string =>
  hash('sha256', JSON.stringify([userId, projectId, repoUrl, branch, task]), 'base64url');

export type LeftSessionsOptions = {
  /** How long after its last client has left a session is given to who asks for the same; 0 for never. */
  graceMs: number;
  now(): number;
  /** How many are remembered; the longest left are forgotten first. */
  sessionsMax?: number;
};

export class LeftSessions {
  readonly #graceMs: number;
  readonly #now: () => number;
  readonly #sessionsMax: number;
  /** In the order in which they were left. */
  readonly #left = new Map<string, { key: string; sinceMs: number }>();
  readonly #byKey = new Map<string, Set<string>>();

  constructor({ graceMs, now, sessionsMax = limits.sessionsMax }: LeftSessionsOptions) {
    this.#graceMs = graceMs;
    this.#now = now;
    this.#sessionsMax = sessionsMax;
  }

  get isOff(): boolean {
    return this.#graceMs === 0;
  }

  get size(): number {
    return this.#left.size;
  }

  /** A session lost its last client. @param key of what it was asked for */
  remember(sessionId: string, key: string): void {
    this.forget(sessionId);
    if (this.isOff) return;
    this.#left.set(sessionId, { key, sinceMs: this.#now() });
    const sameKey = this.#byKey.get(key);
    if (sameKey) sameKey.add(sessionId);
    else this.#byKey.set(key, new Set([sessionId]));
    this.#forgetOld();
  }

  /** Somebody is there again, or the session has ended. */
  forget(sessionId: string): void {
    const known = this.#left.get(sessionId);
    if (!known) return;
    this.#left.delete(sessionId);
    const sameKey = this.#byKey.get(known.key);
    sameKey?.delete(sessionId);
    if (sameKey?.size === 0) this.#byKey.delete(known.key);
  }

  /** The session that was left last of those that were asked for this. */
  findByTask(key: string): string | undefined {
    const sessionId = [...(this.#byKey.get(key) ?? [])].at(-1);
    const left = sessionId === undefined ? undefined : this.#left.get(sessionId);
    return left !== undefined && this.#isRecent(left.sinceMs) ? sessionId : undefined;
  }

  #isRecent(sinceMs: number): boolean {
    return this.#now() - sinceMs < this.#graceMs;
  }

  #forgetOld(): void {
    for (const [sessionId, { sinceMs }] of this.#left) {
      if (this.#left.size <= this.#sessionsMax && this.#isRecent(sinceMs)) return;
      this.forget(sessionId);
    }
  }
}

/** Of sessions that were asked for the same and have clients, one of which none answers any more; the newest, where several. */
export async function findSilentlyLeft(sessions: Iterable<Entry>, key: string): Promise<string | undefined> {
  const same = [...sessions].filter(({ taskKey: askedKey, followers }) => askedKey === key && followers.size > 0);
  const areThere = await Promise.all(same.map(({ followers }) => isAnybodyThere(followers)));
  return same.findLast((_, at) => !areThere[at])?.sessionId;
}

const isAnybodyThere = async (followers: Iterable<Follower>): Promise<boolean> =>
  (await Promise.all([...followers].map((follower) => follower.isThere()))).includes(true);
