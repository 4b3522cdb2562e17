// How many sessions of a run go on, at work or at rest, without some.
import { sql } from 'slonik';
import * as v from 'valibot';

const Count = v.object({ count: v.number() });

export const countLiveSessions = (runId: string, without: readonly string[]) => sql.type(Count)`
  SELECT count(*)::int AS count FROM lucid_engine.agent_sessions
  WHERE run_id = ${runId} AND state = 'live' AND id <> ALL(${sql.array([...without], 'varchar')})`;
