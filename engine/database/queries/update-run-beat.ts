// Shows that a start of the engine is alive. No row: others have declared it dead, and it must not come back to life.
import { sql } from 'slonik';

export const updateRunBeat = (runId: string) => sql.unsafe`
  UPDATE lucid_engine.engine_runs SET beat_at = now() WHERE id = ${runId} AND beat_at > '-infinity'`;
