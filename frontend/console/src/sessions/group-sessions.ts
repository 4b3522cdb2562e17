// Sessions by what they ask of whoever looks: those that need somebody, those at work, and those that are done.
import type { SessionReport } from '../session/session-report.ts';

export type GroupName = 'needsYou' | 'working' | 'done';
export type Groups = Record<GroupName, SessionReport[]>;

type Standing = Pick<SessionReport, 'state' | 'lastTurn' | 'queuePosition'>;

/** A turn that ended otherwise than its agent meant it to waits for somebody, also where it was interrupted. */
export function groupOf({ state, lastTurn }: Standing): GroupName {
  if (state === 'created' || state === 'working') return 'working';
  if (state === 'failed' || state === 'waiting') return 'needsYou';
  const isFinished = lastTurn === null || lastTurn.reason === 'finished';
  return state === 'idle' && !isFinished ? 'needsYou' : 'done';
}

/** Newest first in each group, so that only a change of its group moves a session. */
export function groupSessions(sessions: Iterable<SessionReport>): Groups {
  const groups: Groups = { needsYou: [], working: [], done: [] };
  for (const session of [...sessions].sort(compareAges)) groups[groupOf(session)].push(session);
  return groups;
}

/** Newest first; the ids of sessions grow with time. */
export function compareAges(one: SessionReport, other: SessionReport): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return one.sessionId < other.sessionId ? 1 : -1;
}

/** So much of an id was copied from somewhere; fewer digits are a number that somebody looks for. */
const idCharsMin = 8;

/** Whether all words, whole or begun, are in what the list shows of a session, in any case and order; its id is found too. */
export function isFound({ title, task, repoUrl, branch, sessionId }: SessionReport, search: string): boolean {
  const text = [title, task, repoUrl, branch].join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hasBegun(text, word) || (word.length >= idCharsMin && sessionId.startsWith(word)));
}

/** Whether the text is there where a word of the other begins, or somewhere at all where it begins with a sign. */
function hasBegun(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
    if (!/[\p{L}\p{N}]$/u.test(text.slice(0, at)) || !/^[\p{L}\p{N}]/u.test(word)) return true;
  return false;
}

/**
 * The same sessions where they stood before, for as long as somebody points at them: what is new waits, but for what
 * follows at the very end and moves nothing.
 */
export function holdGroups(held: Groups, now: Groups): Groups {
  const current = new Map(Object.values(now).flatMap((group) => group.map((report) => [report.sessionId, report])));
  const keep = (group: readonly SessionReport[]) => group.flatMap(({ sessionId }) => current.get(sessionId) ?? []);
  const standing = new Set(Object.values(held).flatMap((group) => group.map(({ sessionId }) => sessionId)));
  if (standing.size === 0) return now;
  const last = held.done.at(-1);
  const behind = now.done.filter(
    (report) => !standing.has(report.sessionId) && (last === undefined || compareAges(report, last) > 0),
  );
  return { needsYou: keep(held.needsYou), working: keep(held.working), done: [...keep(held.done), ...behind] };
}
