// Remembers sessions that lost their last client, by their task: a client of the reference that was cut off sends its first
// message again, and gets the session that works on it rather than a second one.
import { hash } from 'node:crypto';
import { limits } from '../../schema/limits.ts';
import type { SessionSettings } from '../../schema/session.ts';
import type { Entry, Follower } from './directory.ts';

/** The settings that make a task the same; another repository or branch makes it another task. */
export type TaskIdentity = Pick<SessionSettings, 'task' | 'projectId' | 'repoUrl' | 'branch'>;

/** The key of a user's task: a digest, since a task may be long. */
export const taskKeyOf = (userId: string, { task, projectId, repoUrl, branch }: TaskIdentity): string =>
  hash('sha256', JSON.stringify([userId, projectId, repoUrl, branch, task]), 'base64url');

export type LeftSessionsOptions = {
  /** How long a session can be found after its last client has left; 0 for never. */
  graceMs: number;
  now(): number;
  /** How many sessions are remembered; those that were left first are forgotten first. */
  sessionsMax?: number;
};

export class LeftSessions {
  readonly #graceMs: number;
  readonly #now: () => number;
  readonly #sessionsMax: number;
  /** The sessions in the order in which they were left. */
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

  /** Remembers a session that lost its last client. @param key of its task */
  remember(sessionId: string, key: string): void {
    this.forget(sessionId);
    if (this.isOff) return;
    this.#left.set(sessionId, { key, sinceMs: this.#now() });
    const sessionIds = this.#byKey.get(key);
    if (sessionIds) sessionIds.add(sessionId);
    else this.#byKey.set(key, new Set([sessionId]));
    this.#forgetOld();
  }

  /** Forgets a session that has a client again or has ended. */
  forget(sessionId: string): void {
    const known = this.#left.get(sessionId);
    if (!known) return;
    this.#left.delete(sessionId);
    const sessionIds = this.#byKey.get(known.key);
    sessionIds?.delete(sessionId);
    if (sessionIds?.size === 0) this.#byKey.delete(known.key);
  }

  /** Whether a session lost its last client here a moment ago. */
  has(sessionId: string): boolean {
    const left = this.#left.get(sessionId);
    return left !== undefined && this.#isRecent(left.sinceMs);
  }

  /** Finds the session with this task that was left last. */
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

/** Finds the newest session with this task whose clients look connected but none of which answers. */
export async function findSilentlyLeft(sessions: Iterable<Entry>, key: string): Promise<string | undefined> {
  const candidates = [...sessions].filter(({ taskKey, followers }) => taskKey === key && followers.size > 0);
  const haveClients = await Promise.all(candidates.map(({ followers }) => isAnybodyThere(followers)));
  return candidates.findLast((_, at) => !haveClients[at])?.sessionId;
}

/** Asks clients that look connected. */
export const isAnybodyThere = async (followers: Iterable<Follower>): Promise<boolean> =>
  (await Promise.all([...followers].map((follower) => follower.isThere()))).includes(true);
