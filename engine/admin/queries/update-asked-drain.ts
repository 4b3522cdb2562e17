// Leaves a word for a living run, which its next beat reads: to drain, or to take that back.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { AskedOfRun } from '../../../schema/ownership.ts';

const Row = v.object({ id: v.string() });

export const updateAskedDrain = (runId: string, asked: AskedOfRun) => sql.type(Row)`
  UPDATE lucid_engine.engine_runs SET asked = ${JSON.stringify(asked)}::jsonb
  WHERE id = ${runId} AND beat_at > '-infinity' RETURNING id`;
