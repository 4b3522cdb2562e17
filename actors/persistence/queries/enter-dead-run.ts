// Enters a run again that others have declared dead, as one that is over. Its row may be gone already, and what was begun under its
// id since then is found by whoever takes over next only with a row.
import { sql } from 'slonik';

export const enterDeadRun = (runId: string) => sql.unsafe`
  INSERT INTO lucid_engine.engine_runs (id, beat_at, state) VALUES (${runId}, '-infinity', 'ended') ON CONFLICT DO NOTHING`;
