// The stored record of a session of any user; `mayUse` decides who may see it.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isOwnedByLivingRun } from '../../../actors/persistence/queries/living-run.ts';
import type { StoredState } from '../../../schema/session.ts';

const Session = v.object({
  sessionId: v.string(),
  chatId: v.string(),
  userId: v.string(),
  state: v.custom<StoredState>((value) => typeof value === 'string'),
  task: v.string(),
  requestDigest: v.nullable(v.string()),
  /** For a fork: the last event that was copied. */
  forkedThrough: v.nullable(v.number()),
  createdAtMs: v.number(),
  livingRunId: v.nullable(v.string()),
});

export const selectSession = (sessionId: string) => sql.type(Session)`
  SELECT id AS "sessionId", chat_id AS "chatId", user_id AS "userId", state, settings->>'task' AS task,
    settings->>'requestDigest' AS "requestDigest", (settings #>> '{forkedFrom,sequence}')::int AS "forkedThrough",
     created_at AS "createdAtMs",
    CASE WHEN ${isOwnedByLivingRun} THEN run_id END AS "livingRunId"
  FROM lucid_engine.agent_sessions s WHERE id = ${sessionId}`;
