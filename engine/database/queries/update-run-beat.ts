// Shows that a run is alive and how it stands; no row means that others have declared it dead, which is final.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { AskedOfRun, RunLoad, RunState } from '../../../schema/ownership.ts';

const Beat = v.object({
  /** Whether there are other runs on the database, dead ones included. */
  hasOthers: v.boolean(),
  /** What an operator has asked of this run last, at another engine. */
  asked: v.nullable(v.custom<AskedOfRun>((value) => typeof value === 'object' && value !== null && 'act' in value)),
});

export type Shown = { state: RunState; load: RunLoad };

export const updateRunBeat = (runId: string, { state, load }: Shown) => sql.type(Beat)`
  UPDATE lucid_engine.engine_runs SET beat_at = now(), state = ${state}, load = ${JSON.stringify(load)}::jsonb
  WHERE id = ${runId} AND beat_at > '-infinity'
  RETURNING EXISTS (SELECT 1 FROM lucid_engine.engine_runs WHERE id <> ${runId}) AS "hasOthers", asked`;
