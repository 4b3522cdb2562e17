// A user's sessions with the same task: one of them may be what a client was cut off from at another engine.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { TaskIdentity } from '../../sessions/left-sessions.ts';

const Row = v.object({ sessionId: v.string() });

/** Sessions that are looked at, the newest: users of back ends may have very many, whose settings are read for this. */
const lookedAtMax = 200;
/** Sessions with the same task that are told: nobody is cut off from more at once. */
const toldMax = 4;

/** @returns the newest first */
export const selectSameTask = (userId: string, { task, projectId, repoUrl, branch }: TaskIdentity) =>
  sql.type(Row)`
  SELECT id AS "sessionId" FROM (
    SELECT id, settings, created_at FROM lucid_engine.agent_sessions
    WHERE user_id = ${userId} AND state = 'live' ORDER BY created_at DESC, id DESC LIMIT ${lookedAtMax}
  ) s
  WHERE settings ->> 'task' = ${task} AND settings ->> 'projectId' IS NOT DISTINCT FROM ${projectId}::text
    AND settings ->> 'repoUrl' IS NOT DISTINCT FROM ${repoUrl}::text
    AND settings ->> 'branch' IS NOT DISTINCT FROM ${branch}::text
  ORDER BY created_at DESC, id DESC LIMIT ${toldMax}`;
