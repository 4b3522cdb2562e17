// Who has sessions: the living run of each and its boot, with what a directory needs of the session.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isOwnedByLivingRun } from '../../../actors/persistence/queries/living-run.ts';
import type { Labels } from '../../../schema/labels.ts';
import type { StoredState } from '../../../schema/session.ts';

const Owned = v.object({
  sessionId: v.string(),
  chatId: v.string(),
  userId: v.string(),
  state: v.custom<StoredState>((value) => typeof value === 'string'),
  task: v.string(),
  createdAtMs: v.number(),
  livingRunId: v.nullable(v.string()),
  bootId: v.nullable(v.string()),
  /** What it asks of its engine; null where any will do. */
  labels: v.nullable(v.custom<Labels>((value) => typeof value === 'object')),
});

export type Owned = v.InferOutput<typeof Owned>;

export const selectOwners = (sessionIds: readonly string[]) => sql.type(Owned)`
  SELECT s.id AS "sessionId", chat_id AS "chatId", user_id AS "userId", s.state, settings->>'task' AS task,
    created_at AS "createdAtMs", CASE WHEN ${isOwnedByLivingRun} THEN run_id END AS "livingRunId", o.boot_id AS "bootId", settings -> 'labels' AS labels
  FROM lucid_engine.agent_sessions s LEFT JOIN lucid_engine.engine_runs o ON o.id = s.run_id
  WHERE s.id = ANY(${sql.array([...sessionIds], 'varchar')})`;
