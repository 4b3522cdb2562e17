// A living run beside this one that isn't about to end, if there is one.
import { sql } from 'slonik';
import * as v from 'valibot';

const Run = v.object({ node: v.nullable(v.string()) });

export const selectOtherRun = (runId: string, silenceMs: number) => sql.type(Run)`
  SELECT node FROM lucid_engine.engine_runs
  WHERE id <> ${runId} AND coalesce(state, 'open') IN ('open', 'isolated') AND beat_at > now() - ${silenceMs} * interval '1 ms'
  ORDER BY beat_at DESC LIMIT 1`;
