// Takes over the sessions of dead runs: those with a cut turn belong to the new run, the others have no clients any more.
import { type DatabasePool, type DatabasePoolConnection, sql } from 'slonik';
import * as v from 'valibot';
import { runInTransaction } from '../../../actors/persistence/database-pool.ts';
import type { SessionSettings } from '../../../schema/session.ts';

const Run = v.object({ id: v.string() });

const Cut = v.object({
  sessionId: v.string(),
  chatId: v.string(),
  userId: v.string(),
  settings: v.custom<SessionSettings>((value) => typeof value === 'object'),
  createdAtMs: v.number(),
});

/** A session whose turn was cut. */
export type CutSession = v.InferOutput<typeof Cut>;

const Left = v.object({ sessionId: v.string(), userId: v.string(), settings: Cut.entries.settings });

/** A session that somebody was connected to, or that was at work, when its engine died. */
export type LeftSession = v.InferOutput<typeof Left>;

export type TakenOver = {
  /** Sessions that belong to the new run now, oldest first; none goes to two runs. */
  cut: readonly CutSession[];
  /** Sessions that belong to whichever engine is asked for them first. */
  left: readonly LeftSession[];
};

/**
 * A turn was cut unless the chat's last event says that it was completed and that the agent had read the user's last
 * message; one that waits for a person goes on with what the person says, if that isn't said yet. A session too many does no harm, since an activated session looks at its events itself.
 * @param silenceMs how long a dead run has been silent; null where only runs that ended count as dead
 * @param isAgain whether an earlier reply may have been lost, so that the sessions that `runId` has by now come again
 */
export async function takeOverRuns(
  pool: DatabasePool,
  connection: DatabasePoolConnection,
  runId: string,
  { silenceMs, isAgain }: { silenceMs: number | null; isAgain: boolean },
): Promise<TakenOver> {
  const isOver = sql.fragment`beat_at = '-infinity'`;
  const isSilent = sql.fragment`beat_at < now() - ${silenceMs ?? 0} * interval '1 millisecond'`;
  const isDead = silenceMs === null ? isOver : isSilent;
  if (!isAgain && !(await connection.exists(sql.unsafe`SELECT 1 FROM lucid_engine.engine_runs WHERE ${isDead}`)))
    return { cut: [], left: [] };
  return runInTransaction(pool, connection, async (transaction) => {
    const dead = await transaction.anyFirst(
      sql.type(Run)`DELETE FROM lucid_engine.engine_runs WHERE ${isDead} RETURNING id`,
    );
    const deadIds = sql.array([...dead], 'varchar');
    const fromIds = sql.array([...dead, ...(isAgain ? [runId] : [])], 'varchar');
    const left = await transaction.any(sql.type(Left)`
      UPDATE chat_sessions c SET is_active = false
      FROM lucid_engine.agent_sessions s WHERE s.run_id = ANY(${deadIds}) AND c.id = s.chat_id AND c.is_active
      RETURNING s.id AS "sessionId", s.user_id AS "userId", settings`);
    const cut = await transaction.any(sql.type(Cut)`
      WITH taken AS (
        UPDATE lucid_engine.agent_sessions s SET run_id = ${runId}
        WHERE run_id = ANY(${fromIds}) AND state = 'live' AND NOT EXISTS (
          SELECT 1 FROM (
            SELECT event_type, metadata_json FROM lucid_engine.chat_messages
            WHERE session_id = s.chat_id ORDER BY sequence DESC LIMIT 1
          ) last
          WHERE event_type = 'Status' AND metadata_json::jsonb ->> 'status' = 'completed'
            AND (metadata_json::jsonb ->> 'readThrough')::int >= coalesce((
              SELECT max(sequence) FROM lucid_engine.chat_messages
              WHERE session_id = s.chat_id AND event_type IN ('InitialTask', 'UserMessage')
            ), 0)
        ) AND (waits_until IS NULL OR EXISTS (
          SELECT 1 FROM (
            SELECT event_type FROM lucid_engine.chat_messages
            WHERE session_id = s.chat_id ORDER BY sequence DESC LIMIT 1
          ) last WHERE event_type IN ('UserAnswer', 'ApprovalDecision', 'UserMessage', 'Interrupt', 'Stop')
        ))
        RETURNING id, chat_id, user_id, settings, created_at
      )
      SELECT id AS "sessionId", chat_id AS "chatId", user_id AS "userId", settings, created_at AS "createdAtMs"
      FROM taken ORDER BY created_at, id`);
    return { cut, left };
  });
}
