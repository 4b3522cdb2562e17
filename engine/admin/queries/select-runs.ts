// The runs that the database knows, the one that beat last first, with how many sessions each has.
import { sql } from 'slonik';
import * as v from 'valibot';

const Run = v.object({
  runId: v.string(),
  isOver: v.boolean(),
  /** Null once it is over. */
  beatAtMs: v.nullable(v.number()),
  liveSessions: v.number(),
});

/** Runs of one list: many times the engines of one database. */
const runsMax = 100;

export const selectRuns = () => sql.type(Run)`
  SELECT r.id AS "runId", beat_at = '-infinity' AS "isOver", nullif(beat_at, '-infinity') AS "beatAtMs",
    (SELECT count(*)::int FROM lucid_engine.agent_sessions s WHERE s.run_id = r.id AND s.state = 'live') AS "liveSessions"
  FROM lucid_engine.engine_runs r ORDER BY beat_at DESC, id LIMIT ${runsMax}`;
