// Gives sessions that rest away: they are nobody's from then on, and any engine may claim them.
import { sql } from 'slonik';
import * as v from 'valibot';

const Row = v.object({ sessionId: v.string() });

/** To be asked behind all their writes. @returns those that were the run's */
export const giveSessions = (sessionIds: readonly string[], runId: string) => sql.type(Row)`
  UPDATE lucid_engine.agent_sessions SET run_id = NULL
  WHERE id = ANY(${sql.array([...sessionIds], 'varchar')}) AND run_id = ${runId}
  RETURNING id AS "sessionId"`;
