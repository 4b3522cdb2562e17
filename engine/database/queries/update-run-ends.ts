// Shows that runs have ended, so that their sessions may be taken over at once.
import { sql } from 'slonik';
import * as v from 'valibot';

const Row = v.object({ id: v.string() });

export const updateRunEnds = (runIds: readonly string[]) => sql.type(Row)`
  UPDATE lucid_engine.engine_runs SET beat_at = '-infinity' WHERE id = ANY(${sql.array([...runIds], 'varchar')})
  RETURNING id`;
