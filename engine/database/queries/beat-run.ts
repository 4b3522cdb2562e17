// Shows that a start of the engine is alive.
import { sql } from 'slonik';

export const beatRun = (runId: string) => sql.unsafe`
  INSERT INTO lucid_engine.engine_runs (id, beat_at) VALUES (${runId}, now())
  ON CONFLICT (id) DO UPDATE SET beat_at = now()`;
