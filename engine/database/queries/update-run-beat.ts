// Shows that a run is alive and how it stands; no row means that others have declared it dead, which is final.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { RunLoad, RunState } from '../../../schema/ownership.ts';

/** Whether there are other runs on the database, dead ones included. */
const Beat = v.object({ hasOthers: v.boolean() });

export type Shown = { state: RunState; load: RunLoad };

export const updateRunBeat = (runId: string, { state, load }: Shown) => sql.type(Beat)`
  UPDATE lucid_engine.engine_runs SET beat_at = now(), state = ${state}, load = ${JSON.stringify(load)}::jsonb
  WHERE id = ${runId} AND beat_at > '-infinity'
  RETURNING EXISTS (SELECT 1 FROM lucid_engine.engine_runs WHERE id <> ${runId}) AS "hasOthers"`;
