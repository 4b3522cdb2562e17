// Whether a living run owns a session: a dead run has no row, and one that is over says so in its row.
import { sql } from 'slonik';

/** About the session `s`. A silent run counts as living until another engine has declared it dead. */
export const isOwnedByLivingRun = sql.fragment`EXISTS (
  SELECT 1 FROM lucid_engine.engine_runs r WHERE r.id = s.run_id AND r.beat_at > '-infinity')`;
