// Enters a start of the engine among those that may own sessions; an id is never entered twice.
import { sql } from 'slonik';

export const beginRun = (runId: string) => sql.unsafe`
  INSERT INTO lucid_engine.engine_runs (id, beat_at) VALUES (${runId}, now())`;
