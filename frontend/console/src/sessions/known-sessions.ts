// All sessions that were heard of, brought up to date by each page that is read.
import type { SessionReport } from '../session/session-report.ts';
import { compareAges, groupOf } from './group-sessions.ts';

export type KnownSessions = ReadonlyMap<string, SessionReport>;

export type ReportPage = { sessions: readonly SessionReport[]; nextBefore: string | null };

/**
 * Adds the newest page. A session that was known within its span and isn't in it any more was deleted.
 * @returns the same map where nothing is otherwise
 */
export function addNewest(known: KnownSessions, { sessions, nextBefore }: ReportPage): KnownSessions {
  const listed = new Set(sessions.map(({ sessionId }) => sessionId));
  const oldest = sessions.at(-1);
  const isInSpan = (report: SessionReport) =>
    nextBefore === null || (oldest !== undefined && compareAges(report, oldest) <= 0);
  const gone = [...known.values()].filter((report) => !listed.has(report.sessionId) && isInSpan(report));
  return addSessions(removeSessions(known, gone), sessions);
}

/** @returns the same map where nothing is otherwise; a report that is the same stays the same object */
export function addSessions(known: KnownSessions, sessions: readonly SessionReport[]): KnownSessions {
  const changed = sessions.filter((report) => !isSame(known.get(report.sessionId), report));
  if (changed.length === 0) return known;
  return new Map([...known, ...changed.map((report) => [report.sessionId, report] as const)]);
}

export function removeSessions(known: KnownSessions, gone: readonly SessionReport[]): KnownSessions {
  if (gone.length === 0) return known;
  const kept = new Map(known);
  for (const { sessionId } of gone) kept.delete(sessionId);
  return kept;
}

const isSame = (one: SessionReport | undefined, other: SessionReport): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/**
 * Sessions that are shown at work though no page that was just read has them, so that they are read by themselves.
 * @param read the ids that were just read
 */
export const findOverdue = (known: KnownSessions, read: ReadonlySet<string>): string[] =>
  [...known.values()]
    .filter((report) => groupOf(report) === 'working' && !read.has(report.sessionId))
    .map(({ sessionId }) => sessionId);
