// The living runs beside one, with what they say of themselves: where new sessions may be made.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { Labels } from '../../../schema/labels.ts';
import type { RunLoad, RunState } from '../../../schema/ownership.ts';

const Peer = v.object({
  bootId: v.string(),
  state: v.custom<RunState>((value) => typeof value === 'string'),
  labels: v.custom<Labels>((value) => typeof value === 'object' && value !== null),
  load: v.custom<RunLoad>((value) => typeof value === 'object' && value !== null),
});

export type Peer = v.InferOutput<typeof Peer>;

/** @param freshMs how old the last beat may be: an engine that is silent for longer is asked nothing new */
export const selectPeers = (runId: string, freshMs: number) => sql.type(Peer)`
  SELECT boot_id AS "bootId", state, labels, load FROM lucid_engine.engine_runs
  WHERE id <> ${runId} AND boot_id IS NOT NULL AND load IS NOT NULL
    AND beat_at > now() - ${freshMs} * interval '1 millisecond'`;
