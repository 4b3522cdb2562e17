// What REST says of one session: whose it is, how it stands, how its last turn ended, and what all of them have used.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { ReportedSession } from '../../schema/protocol/routes/sessions.ts';
import { formatTime } from '../../schema/rules/text.ts';
import { hasEnded, type ReportedState } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { SessionReport } from '../database/queries/select-session-report.ts';
import { mayUse, notYours, type Principal } from './access.ts';
import type { Sessions } from './sessions.ts';

/** Reads rows alone: who looks brings nothing back into memory, and takes nothing from another engine. */
export async function readReport(
  principal: Principal,
  sessionId: string,
  { history, sessions }: { history: Pick<History, 'findReport'>; sessions: Pick<Sessions, 'isOwned'> },
): Promise<Outcome<ReportedSession>> {
  const stored = await history.findReport(sessionId);
  if (!stored) return noSuchSession;
  if (!mayUse(principal, stored.userId)) return notYours;
  return succeeded(shownReportOf(stored, sessions.isOwned(sessionId, stored.livingRunId)));
}

/** @param isOwned whether anybody may be at work on it */
function shownReportOf(stored: SessionReport, isOwned: boolean): ReportedSession {
  const { sessionId, chatId, userId, task, isActive, createdAtMs, updatedAtMs, reason, message, turns, costUsd } =
    stored;
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, steps, durationMs } = stored;
  const tokens = { inputTokens, outputTokens, cachedTokens, cacheWriteTokens };
  return {
    sessionId,
    userId,
    chatId,
    task,
    state: reportedStateOf(stored, isOwned),
    isAlive: !hasEnded(stored.state),
    isActive,
    createdAt: formatTime(createdAtMs),
    updatedAt: formatTime(updatedAtMs),
    lastTurn: reason === null ? null : { reason, message },
    usage: { turns, ...tokens, steps, durationMs, ...(costUsd !== null && { costUsd }) },
  };
}

/** What was said and has not been answered is worked on, unless nobody has the session: then it waits to be gone on with. */
function reportedStateOf({ state, hasUnanswered }: SessionReport, isOwned: boolean): ReportedState {
  if (state !== 'live') return state;
  return hasUnanswered && isOwned ? 'working' : 'idle';
}

const noSuchSession = failed('noSuchSession', 'There is no session with that id.');
