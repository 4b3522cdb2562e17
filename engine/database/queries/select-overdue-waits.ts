// Sessions whose wait for a person is over, page by page, of no other living run: nobody has them in memory who would notice.
import { sql } from 'slonik';
import * as v from 'valibot';
import { fitsRun } from '../../../actors/persistence/queries/fitting-run.ts';
import { isOwnedByLivingRun } from '../../../actors/persistence/queries/living-run.ts';
import type { SessionSettings } from '../../../schema/session.ts';

const Overdue = v.object({
  sessionId: v.string(),
  chatId: v.string(),
  userId: v.string(),
  settings: v.custom<SessionSettings>((value) => typeof value === 'object'),
  createdAtMs: v.number(),
  untilMs: v.number(),
});
export type OverdueWait = v.InferOutput<typeof Overdue>;

export type OverduePage = { runId: string; after: { untilMs: number; sessionId: string } | undefined; limit: number };

export const selectOverdueWaits = ({ runId, after, limit }: OverduePage) => sql.type(Overdue)`
  SELECT id AS "sessionId", chat_id AS "chatId", user_id AS "userId", settings, created_at AS "createdAtMs",
    waits_until AS "untilMs"
  FROM lucid_engine.agent_sessions s
  WHERE waits_until <= now() AND state = 'live' AND (run_id = ${runId} OR NOT ${isOwnedByLivingRun})
    AND ${fitsRun(runId)}
    ${after ? sql.fragment`AND (waits_until, id) > (to_timestamp(${after.untilMs / 1_000}), ${after.sessionId})` : sql.fragment``}
  ORDER BY waits_until, id LIMIT ${limit}`;
