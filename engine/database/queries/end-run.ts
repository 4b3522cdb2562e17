// Shows that a start of the engine is over: what it left unfinished may be taken over at once.
import { sql } from 'slonik';

export const endRun = (runId: string) => sql.unsafe`
  UPDATE lucid_engine.engine_runs SET beat_at = '-infinity' WHERE id = ${runId}`;
