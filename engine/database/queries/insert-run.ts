// Enters a run, which may own sessions from then on; does no harm a second time, where the first reply was lost.
import { sql } from 'slonik';

export const insertRun = (runId: string) => sql.unsafe`
  INSERT INTO lucid_engine.engine_runs (id, beat_at) VALUES (${runId}, now())
  ON CONFLICT (id) DO UPDATE SET beat_at = now()`;
