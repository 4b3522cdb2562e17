// A session with the same task that is at work or has clients, of a run that misses its beats and may be dying.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { TaskIdentity } from '../../sessions/left-sessions.ts';

const Row = v.object({ sessionId: v.string() });

/** The query begins with the silent runs, of which there is hardly ever one. @param silenceMs several beats */
export const selectSilentSession = (
  userId: string,
  { task, projectId, repoUrl, branch }: TaskIdentity,
  silenceMs: number,
) =>
  sql.type(Row)`
  SELECT s.id AS "sessionId"
  FROM lucid_engine.engine_runs r
  JOIN lucid_engine.agent_sessions s ON s.run_id = r.id AND s.state = 'live'
  JOIN chat_sessions c ON c.id = s.chat_id AND c.is_active
  WHERE r.beat_at < now() - ${silenceMs} * interval '1 millisecond' AND s.user_id = ${userId}
    AND settings ->> 'task' = ${task} AND settings ->> 'projectId' IS NOT DISTINCT FROM ${projectId}::text
    AND settings ->> 'repoUrl' IS NOT DISTINCT FROM ${repoUrl}::text
    AND settings ->> 'branch' IS NOT DISTINCT FROM ${branch}::text
  LIMIT 1`;
