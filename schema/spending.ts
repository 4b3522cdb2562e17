// What agents may cost, and what they have cost: budgets in US dollars, of a session, of a user's day and of the engine's day.

/** The operator's budgets; absent for none. Those of a day count what the engine's own keys pay. */
export type Budgets = {
  /** Of a session that chooses none, and the most that one may choose. */
  sessionUsd?: number | undefined;
  userDayUsd?: number | undefined;
  engineDayUsd?: number | undefined;
};

/** A cost that is counted once its event is stored. */
export type Spent = {
  usd: number;
  /** Who used the engine's own key; null where the caller's paid. */
  userId: string | null;
};

/** What a day has cost by now, with what other sessions are about to spend. */
export type DaySpending = { userUsd: number; engineUsd: number };

/** A session's question before a step, for which it reserves `usd`. */
export type SpendingQuestion = { day: string; userId: string; sessionId: string; usd: number };

/** A day of UTC, as `2026-02-17`. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
