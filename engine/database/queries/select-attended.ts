// What living runs have of what is found at a daemon: sessions, and starts of their processes.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isLivingOwner } from '../../../actors/persistence/queries/living-run.ts';

const Owned = v.object({
  sessionId: v.string(),
  runId: v.string(),
  /** What its last beat said; null where it is of an earlier release, or doesn't know yet. */
  places: v.nullable(v.array(v.string())),
});

/** Those of the sessions that a living run owns, with that run, and where its sandboxes are. */
export const selectOwned = (sessionIds: readonly string[]) => sql.type(Owned)`
  SELECT s.id AS "sessionId", r.id AS "runId", r.load->'places' AS places
  FROM lucid_engine.agent_sessions s JOIN lucid_engine.engine_runs r ON ${isLivingOwner}
  WHERE s.id = ANY(${sql.array([...sessionIds], 'varchar')})`;

const Boot = v.object({ bootId: v.string() });

/** Those of the boots that live. */
export const selectLivingBoots = (bootIds: readonly string[]) => sql.type(Boot)`
  SELECT boot_id AS "bootId" FROM lucid_engine.engine_runs
  WHERE boot_id = ANY(${sql.array([...bootIds], 'varchar')}) AND beat_at > '-infinity'`;

/** Whether another run than this one lives. */
export const selectOtherLiving = (runId: string) => sql.unsafe`
  SELECT 1 FROM lucid_engine.engine_runs WHERE id <> ${runId} AND beat_at > '-infinity'`;
