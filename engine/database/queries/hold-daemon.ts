// Has a run hold a daemon, unless another living run holds it: a run's beat is its lease.
import { sql } from 'slonik';
import * as v from 'valibot';

const Held = v.object({ runId: v.string() });

/** No row where another run holds it. */
export const holdDaemon = (runId: string, daemon: string) => sql.type(Held)`
  INSERT INTO lucid_engine.sandbox_daemons AS d (name, run_id)
  SELECT ${daemon}, id FROM lucid_engine.engine_runs WHERE id = ${runId} AND beat_at > '-infinity'
  ON CONFLICT (name) DO UPDATE SET run_id = excluded.run_id
  WHERE d.run_id = excluded.run_id OR NOT EXISTS (
    SELECT 1 FROM lucid_engine.engine_runs r WHERE r.id = d.run_id AND r.beat_at > '-infinity')
  RETURNING run_id AS "runId"`;
