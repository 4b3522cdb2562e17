// Whether a living run owns a session: a dead run has no row, and one that is over says so in its row.
import { sql } from 'slonik';

/** Whether the run `r` owns the session `s` and lives. A silent run counts as living until an engine has declared it dead. */
export const isLivingOwner = sql.fragment`r.id = s.run_id AND r.beat_at > '-infinity'`;

/** About the session `s`. */
export const isOwnedByLivingRun = sql.fragment`EXISTS (SELECT 1 FROM lucid_engine.engine_runs r WHERE ${isLivingOwner})`;
