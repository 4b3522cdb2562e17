// REST's report of a session: its state, its last event, how its last turn ended, and what all turns have used.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { AdminSession } from '../../schema/protocol/routes/admin.ts';
import type { ReportedSession } from '../../schema/protocol/routes/sessions.ts';
import { waitingForOf } from '../../schema/protocol/waiting-for.ts';
import { formatTime } from '../../schema/rules/text.ts';
import { hasEnded, type ReportedState, reportedStates, type StoredState } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { SessionReport } from '../database/queries/select-session-report.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import { mayUse, notYours, type Principal } from './access.ts';
import { type Directory, isRemote } from './directory.ts';
import type { Sessions } from './sessions.ts';

export type ReportDependencies = {
  history: Pick<History, 'findReport' | 'listReports'>;
  sessions: Pick<Sessions, 'isOwned' | 'findQueuePosition' | 'countWatchers'>;
};

/** Reads rows alone, so that the session is neither activated nor taken from another engine. */
export async function readReport(
  principal: Principal,
  sessionId: string,
  { history, sessions }: ReportDependencies,
): Promise<Outcome<ReportedSession>> {
  const stored = await history.findReport(sessionId);
  if (!stored) return noSuchSession;
  if (!mayUse(principal, stored)) return notYours;
  return succeeded(reportOf(stored, sessions));
}

export type ReportsAsked = { state: readonly ReportedState[]; before?: string | undefined; limit: number };

/**
 * A page of the caller's sessions in the wanted states, newest first. It may hold fewer than `limit`, since only a row that
 * has been read tells whether its session is at work.
 */
export async function listReports(
  principal: Principal,
  { state: wanted, before, limit }: ReportsAsked,
  { history, sessions }: ReportDependencies,
): Promise<{ sessions: ReportedSession[]; nextBefore: string | null }> {
  const states = [...new Set(wanted.map(storedStateOf))];
  const stored = await history.listReports(principal.userId, { states, before, limit });
  const reports = stored.map((report) => reportOf(report, sessions)).filter(({ state }) => wanted.includes(state));
  return { sessions: reports, nextBefore: stored.length < limit ? null : (stored.at(-1)?.sessionId ?? null) };
}

export type AllReportDependencies = {
  history: Pick<History, 'listReports' | 'listAllReports'>;
  sessions: ReportDependencies['sessions'];
  directory: Pick<Directory, 'get'>;
  run: Pick<EngineRun, 'id'>;
};

export type AllReportsAsked = Omit<ReportsAsked, 'state'> & {
  state?: ReportsAsked['state'] | undefined;
  user?: string | undefined;
};

/** A page of everybody's sessions, or of one user's, with who has each. It may be short as a user's own list may. */
export async function listAllReports(
  { state = reportedStates, user, before, limit }: AllReportsAsked,
  { history, sessions, directory, run }: AllReportDependencies,
): Promise<{ sessions: AdminSession[]; nextBefore: string | null }> {
  const page = { states: [...new Set(state.map(storedStateOf))], before, limit };
  const stored = await (user === undefined ? history.listAllReports(page) : history.listReports(user, page));
  const reports = stored.map((report) => {
    const entry = directory.get(report.sessionId);
    const host = entry && !isRemote(entry) ? entry.host : null;
    const runId = host === null ? report.livingRunId : run.id;
    return { ...reportOf(report, sessions), provider: report.provider, runId, host };
  });
  return {
    sessions: reports.filter((report) => state.includes(report.state)),
    nextBefore: stored.length < limit ? null : (stored.at(-1)?.sessionId ?? null),
  };
}

const storedStateOf = (state: ReportedState): StoredState =>
  state === 'working' || state === 'waiting' || state === 'idle' ? 'live' : state;

const reportOf = (stored: SessionReport, sessions: ReportDependencies['sessions']): ReportedSession =>
  shownReportOf(stored, {
    isOwned: sessions.isOwned(stored.sessionId, stored.livingRunId),
    queuePosition: sessions.findQueuePosition(stored.sessionId),
    watchers: sessions.countWatchers(stored.sessionId),
  });

/** What this engine knows of a session beside its rows. `isOwned`: whether an engine may be at work on it. */
type Known = { isOwned: boolean } & Pick<ReportedSession, 'queuePosition' | 'watchers'>;

function shownReportOf(stored: SessionReport, { isOwned, queuePosition, watchers }: Known): ReportedSession {
  const {
    sessionId,
    chatId,
    userId,
    task,
    title,
    repoUrl,
    branch,
    isActive,
    createdAtMs,
    updatedAtMs,
    reason,
    message,
    turns,
    costUsd,
  } = stored;
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, steps, durationMs } = stored;
  const tokens = { inputTokens, outputTokens, cachedTokens, cacheWriteTokens };
  return {
    sessionId,
    userId,
    chatId,
    task,
    title,
    repoUrl,
    branch,
    state: reportedStateOf(stored, isOwned),
    isAlive: !hasEnded(stored.state),
    isActive,
    createdAt: formatTime(createdAtMs),
    updatedAt: formatTime(updatedAtMs),
    lastTurn: reason === null ? null : { reason, message },
    usage: { turns, ...tokens, steps, durationMs, ...(costUsd !== null && { costUsd }) },
    watchers,
    queuePosition,
    lastEvent: lastEventOf(stored),
    waitingFor: stored.state === 'live' ? (stored.waits ?? []).map(waitingForOf) : [],
  };
}

function lastEventOf({ epoch, sequence, eventType, eventAtMs }: SessionReport): ReportedSession['lastEvent'] {
  if (epoch === null || sequence === null || eventAtMs === null) return null;
  return { epoch, sequence, eventType, createdAt: formatTime(eventAtMs) };
}

/** A session with an unanswered message is at work, unless it waits for a person, or no engine has it. */
function reportedStateOf({ state, hasUnanswered, waits }: SessionReport, isOwned: boolean): ReportedState {
  if (state !== 'live') return state;
  if (waits) return 'waiting';
  return hasUnanswered && isOwned ? 'working' : 'idle';
}

const noSuchSession = failed('noSuchSession', 'There is no session with that id.');
