// Which start of an engine owns a session: one that is dead has no row any more, and one that is over says so in it.
import { sql } from 'slonik';

/** Of the session `s`. Whether a run that is silent is dead isn't for a claim to say: it is buried first. */
export const isOwnedByLivingRun = sql.fragment`EXISTS (
  SELECT 1 FROM lucid_engine.engine_runs r WHERE r.id = s.run_id AND r.beat_at > '-infinity')`;
