// Shows that a run is alive; no row means that others have declared it dead, which is final.
import { sql } from 'slonik';
import * as v from 'valibot';

/** Whether there are other runs on the database, dead ones included. */
const Beat = v.object({ hasOthers: v.boolean() });

export const updateRunBeat = (runId: string) => sql.type(Beat)`
  UPDATE lucid_engine.engine_runs SET beat_at = now() WHERE id = ${runId} AND beat_at > '-infinity'
  RETURNING EXISTS (SELECT 1 FROM lucid_engine.engine_runs WHERE id <> ${runId}) AS "hasOthers"`;
