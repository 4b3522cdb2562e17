// How far other living engines reach on the bus, as their last beats tell; one of an earlier release doesn't tell.
import { sql } from 'slonik';
import * as v from 'valibot';

/** Null where there is no other. */
const Reach = v.object({ reach: v.nullable(v.number()) });

/** @param freshMs beats that are older tell what was */
export const selectOthersReach = (runId: string, freshMs: number) => sql.type(Reach)`
  SELECT max((load ->> 'reach')::int) AS reach FROM lucid_engine.engine_runs
  WHERE id <> ${runId} AND beat_at > now() - ${freshMs} * interval '1 millisecond'`;
