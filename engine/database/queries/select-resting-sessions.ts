// Sessions of a run that rest and are begun, a page at a time; those with a cut turn are left out, since they are to go on.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { Labels } from '../../../schema/labels.ts';
import { isTurnCut } from './cut-turn.ts';

const Row = v.object({
  sessionId: v.string(),
  epoch: v.number(),
  /** What it asks of its engine; null where any will do. */
  labels: v.nullable(v.custom<Labels>((value) => typeof value === 'object')),
});
export type RestingSession = v.InferOutput<typeof Row>;

export const selectRestingSessions = (runId: string, { after, limit }: { after: string; limit: number }) => sql.type(
  Row,
)`
  SELECT id AS "sessionId", epoch, settings -> 'labels' AS labels FROM lucid_engine.agent_sessions s
  WHERE run_id = ${runId} AND state = 'live' AND id > ${after} AND NOT ${isTurnCut}
  ORDER BY id LIMIT ${limit}`;
