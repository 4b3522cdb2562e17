// What the turns that ended on each day have used, by user; the users beyond the first few are one together.
import { sql } from 'slonik';
import * as v from 'valibot';
import { maySayUsage, sumsOfUsage, usageEntries, usageOfTurn } from '../../database/queries/turn-ends.ts';

const Row = v.object({ day: v.string(), userId: v.nullable(v.string()), ...usageEntries });

/** Days as `2026-02-17`, the last one included; days are those of UTC. */
export type CostsAsked = { from: string; to: string; users: number };

/** Sums of sums, by the names of `sumsOfUsage`. */
const sumsAgain = sql.join(
  Object.keys(usageEntries).map((name) => {
    const column = sql.identifier([name]);
    return name === 'turns' ? sql.fragment`sum(turns)::int AS turns` : sql.fragment`sum(${column}) AS ${column}`;
  }),
  sql.fragment`, `,
);

/**
 * Turns are summed up by session before anything is joined: there are many more of them than of sessions. The first users are
 * those who cost most, and of those that cost the same or nothing those whose models wrote most.
 */
export const selectCosts = ({ from, to, users }: CostsAsked) => sql.type(Row)`
  WITH by_session AS MATERIALIZED (
    SELECT session_id, day, ${sumsOfUsage}
    FROM (
      SELECT session_id, (created_at AT TIME ZONE 'UTC')::date AS day, ${usageOfTurn}
      FROM lucid_engine.chat_messages
      WHERE created_at >= (${from}::date)::timestamp AT TIME ZONE 'UTC'
        AND created_at < (${to}::date + 1)::timestamp AT TIME ZONE 'UTC' AND ${maySayUsage}
      OFFSET 0
    ) ended
    GROUP BY session_id, day HAVING count(usage) > 0
  ), by_user AS (
    SELECT user_id, day, ${sumsAgain}
    FROM by_session JOIN chat_sessions c ON c.id = session_id GROUP BY user_id, day
  ), ranked AS (
    SELECT user_id, row_number() OVER (
      ORDER BY coalesce(sum("costUsd"), 0) DESC, sum("outputTokens") DESC, user_id
    ) AS place
    FROM by_user GROUP BY user_id
  )
  SELECT to_char(day, 'YYYY-MM-DD') AS day, CASE WHEN place <= ${users} THEN by_user.user_id END AS "userId", ${sumsAgain}
  FROM by_user JOIN ranked ON ranked.user_id = by_user.user_id
  GROUP BY 1, 2 ORDER BY 1, 2`;
