// Enters a start of the engine among those that may own sessions. Again where the reply to the first time was lost.
import { sql } from 'slonik';

export const insertRun = (runId: string) => sql.unsafe`
  INSERT INTO lucid_engine.engine_runs (id, beat_at) VALUES (${runId}, now())
  ON CONFLICT (id) DO UPDATE SET beat_at = now()`;
