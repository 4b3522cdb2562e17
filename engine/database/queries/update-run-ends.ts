// Shows that runs are over, so that their sessions may be taken over at once.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { RunState } from '../../../schema/ownership.ts';

const Row = v.object({ id: v.string() });

/** @param state whether they have ended in order, or died at their work */
export const updateRunEnds = (runIds: readonly string[], state: Extract<RunState, 'ended' | 'died'>) => sql.type(Row)`
  UPDATE lucid_engine.engine_runs SET beat_at = '-infinity', state = ${state}
  WHERE id = ANY(${sql.array([...runIds], 'varchar')})
  RETURNING id`;
