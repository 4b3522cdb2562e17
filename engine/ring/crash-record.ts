// Counts how often each session was at work when its host died lately, and plans how it comes back. Pure.
import { limits } from '../../schema/limits.ts';

/** The time in which the deaths of hosts are counted. */
export const crashWindowMs = 60_000;

/** How a dead host's sessions come back. */
export type RecoveryPlan<Session> = {
  atOnce: Session[];
  /** One group after the other: each is watched for a while before the next one comes. */
  groups: Session[][];
  /** Sessions that were at work at more deaths than are allowed. */
  givenUp: Session[];
};

/**
 * Any of the sessions at work may have killed their host. So all come back at once after their first death; after the
 * second in groups, as large as there are groups; after the third one by one. A session that kills its host each time is
 * alone by then, so the others have at most three deaths, which is allowed. Deaths count for no session that was idle.
 */
export class CrashRecord {
  readonly #timesOf = new Map<string, number[]>();

  recordDeath(sessionIds: Iterable<string>, nowMs: number): void {
    for (const [sessionId] of this.#timesOf)
      if (this.countDeaths(sessionId, nowMs) === 0) this.#timesOf.delete(sessionId);
    for (const sessionId of sessionIds)
      this.#timesOf.set(sessionId, [...(this.#timesOf.get(sessionId) ?? []), nowMs].filter(isRecent(nowMs)));
  }

  countDeaths(sessionId: string, nowMs: number): number {
    return (this.#timesOf.get(sessionId) ?? []).filter(isRecent(nowMs)).length;
  }

  planRecovery<Session extends { sessionId: string }>(
    sessions: Iterable<Session>,
    nowMs: number,
  ): RecoveryPlan<Session> {
    const byCount = Map.groupBy(sessions, ({ sessionId }) => this.#degreeOf(sessionId, nowMs));
    const suspects = byCount.get(2) ?? [];
    return {
      atOnce: byCount.get(1) ?? [],
      groups: [
        ...cutIntoGroups(suspects, Math.ceil(Math.sqrt(suspects.length))),
        ...cutIntoGroups(byCount.get(limits.reactivationsMax) ?? [], 1),
      ],
      givenUp: byCount.get(limits.reactivationsMax + 1) ?? [],
    };
  }

  #degreeOf(sessionId: string, nowMs: number): number {
    return Math.min(Math.max(this.countDeaths(sessionId, nowMs), 1), limits.reactivationsMax + 1);
  }
}

const isRecent = (nowMs: number) => (ms: number) => nowMs - ms < crashWindowMs;

function cutIntoGroups<Session>(sessions: Session[], size: number): Session[][] {
  const groups: Session[][] = [];
  for (let at = 0; at < sessions.length; at += size) groups.push(sessions.slice(at, at + size));
  return groups;
}
