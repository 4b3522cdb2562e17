// How shares and their sessions stand, for the streams that are open by them.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isOwnedByLivingRun } from '../../../actors/persistence/queries/living-run.ts';

const Watched = v.object({
  shareId: v.string(),
  sessionId: v.string(),
  livingRunId: v.nullable(v.string()),
  lastSequence: v.number(),
});

export type Watched = v.InferOutput<typeof Watched>;

/** @returns no row for a share that has expired or is gone */
export const selectWatched = (shareIds: readonly string[]) => sql.type(Watched)`
  SELECT h.id AS "shareId", s.id AS "sessionId", CASE WHEN ${isOwnedByLivingRun} THEN s.run_id END AS "livingRunId",
    coalesce((SELECT max(sequence) FROM lucid_engine.chat_messages WHERE session_id = s.chat_id), 0) AS "lastSequence"
  FROM lucid_engine.shares h JOIN lucid_engine.agent_sessions s ON s.id = h.session_id
  WHERE h.id = ANY(${sql.array([...shareIds], 'varchar')}) AND h.expires_at > now()`;
