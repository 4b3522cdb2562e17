// A page of the users that have sessions, with what each has used.
import { sql } from 'slonik';
import * as v from 'valibot';
import { inUnendedStates } from '../../../actors/persistence/queries/unended-states.ts';
import { maySayUsage, sumsOfUsage, usageEntries, usageOfTurn } from '../../database/queries/turn-ends.ts';

const User = v.object({
  userId: v.string(),
  name: v.nullable(v.string()),
  sessions: v.number(),
  liveSessions: v.number(),
  lastActivityAtMs: v.number(),
  ...usageEntries,
});

export type UsersPage = {
  /** The user that the page before ended with; undefined for the first page. */
  after?: string | undefined;
  limit: number;
};

/** Each next user is found by the index of sessions by user, whatever the number of their sessions. */
export const selectUsers = ({ after = '', limit }: UsersPage) => sql.type(User)`
  WITH RECURSIVE page AS (
    (SELECT user_id, 1 AS place FROM lucid_engine.agent_sessions WHERE user_id > ${after} ORDER BY user_id LIMIT 1)
    UNION ALL
    SELECT next.user_id, place + 1 FROM page CROSS JOIN LATERAL (
      SELECT s.user_id FROM lucid_engine.agent_sessions s WHERE s.user_id > page.user_id ORDER BY s.user_id LIMIT 1
    ) next
    WHERE place < ${limit}
  )
  SELECT page.user_id AS "userId", counted.*, used.*,
    (SELECT name FROM lucid_engine.sign_ins i WHERE i.user_id = page.user_id ORDER BY created_at DESC LIMIT 1) AS name
  FROM page
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS sessions, count(*) FILTER (WHERE state ${inUnendedStates})::int AS "liveSessions",
      (SELECT max(updated_at) FROM chat_sessions c WHERE c.user_id = page.user_id) AS "lastActivityAtMs"
    FROM lucid_engine.agent_sessions s WHERE s.user_id = page.user_id
  ) counted
  CROSS JOIN LATERAL (
    SELECT ${sumsOfUsage}
    FROM (
      SELECT ${usageOfTurn}
      FROM lucid_engine.agent_sessions s JOIN lucid_engine.chat_messages m ON m.session_id = s.chat_id
      WHERE s.user_id = page.user_id AND ${maySayUsage}
    ) completed
  ) used
  ORDER BY page.place`;
