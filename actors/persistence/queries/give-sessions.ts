// Gives sessions that rest away: no living run has them from then on, and any engine may claim them.
import { sql } from 'slonik';
import { v7 as uuid } from 'uuid';
import * as v from 'valibot';
import type { OwnedSession } from '../../../schema/ownership.ts';

const Row = v.object({ sessionId: v.string() });

/**
 * To be asked behind all their writes. They go to a run that is over, so that whoever takes that over learns who had clients.
 * @returns those that were the run's, and weren't activated meanwhile
 */
export const giveSessions = (sessions: readonly OwnedSession[], runId: string) => sql.type(Row)`
  WITH over AS (
    INSERT INTO lucid_engine.engine_runs (id, beat_at, state) VALUES (${uuid()}, '-infinity', 'ended') RETURNING id
  )
  UPDATE lucid_engine.agent_sessions s SET run_id = over.id
  FROM over, json_to_recordset(${JSON.stringify(sessions)}::json) AS given ("sessionId" varchar, epoch int4)
  WHERE s.id = given."sessionId" AND s.epoch = given.epoch AND s.run_id = ${runId}
  RETURNING s.id AS "sessionId"`;
