// How often each session was at work when its host died, lately: what decides how it comes back. Pure.
import { limits } from '../../schema/limits.ts';

/** The time in which the deaths of hosts are counted. */
export const crashWindowMs = 60_000;

/** How a dead host's sessions come back. */
export type RecoveryPlan<Session> = {
  atOnce: Session[];
  /** One group after the other: each is watched for a while before the next one comes. */
  groups: Session[][];
  /** They killed their host, or were there, more often than they may. */
  givenUp: Session[];
};

/**
 * Nobody can tell which of the sessions at work killed their host. So all of them come back at once after a first death;
 * those that were there at a second one, in groups of as many as there are groups; at a third one, each alone. Whoever
 * kills its host each time is alone with it at the last, and the others have had three deaths at the most, which is
 * allowed. A session that was idle when its host died has no part in any of it.
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
