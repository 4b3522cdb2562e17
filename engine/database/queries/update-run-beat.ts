// Shows that a start of the engine is alive. No row: others have declared it dead, and it must not come back to life.
import { sql } from 'slonik';
import * as v from 'valibot';

/** Whether other starts are on the database, dead ones too. */
const Beat = v.object({ hasOthers: v.boolean() });

export const updateRunBeat = (runId: string) => sql.type(Beat)`
  UPDATE lucid_engine.engine_runs SET beat_at = now() WHERE id = ${runId} AND beat_at > '-infinity'
  RETURNING EXISTS (SELECT 1 FROM lucid_engine.engine_runs WHERE id <> ${runId}) AS "hasOthers"`;
