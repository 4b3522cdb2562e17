// The stored record of a session of any user; `mayUse` decides who may see it.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isLivingOwner } from '../../../actors/persistence/queries/living-run.ts';
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
  /** The run that owns it, where that run lives; null also for boot and node of an engine of an earlier release. */
  livingRunId: v.nullable(v.string()),
  bootId: v.nullable(v.string()),
  node: v.nullable(v.string()),
});

export const selectSession = (sessionId: string) => sql.type(Session)`
  SELECT s.id AS "sessionId", chat_id AS "chatId", user_id AS "userId", s.state, settings->>'task' AS task,
    settings->>'requestDigest' AS "requestDigest", (settings #>> '{forkedFrom,sequence}')::int AS "forkedThrough",
    created_at AS "createdAtMs", r.id AS "livingRunId", boot_id AS "bootId", node
  FROM lucid_engine.agent_sessions s LEFT JOIN lucid_engine.engine_runs r ON ${isLivingOwner}
  WHERE s.id = ${sessionId}`;
