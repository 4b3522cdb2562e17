// Shows that starts of the engine are over: what they left unfinished may be taken over at once.
import { sql } from 'slonik';

export const endRuns = (runIds: readonly string[]) => sql.unsafe`
  UPDATE lucid_engine.engine_runs SET beat_at = '-infinity' WHERE id = ANY(${sql.array([...runIds], 'varchar')})`;
