// What the turns that ended on each day have used, by user; the users beyond the first few are one together.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isTurnEnd, sumsOfUsage, usageEntries, usageOfTurn } from '../../database/queries/turn-ends.ts';

const Row = v.object({ day: v.string(), userId: v.nullable(v.string()), ...usageEntries });
export type DayRow = v.InferOutput<typeof Row>;

/** Days as `2026-02-17`, the last one included; days are those of UTC. */
export type CostsAsked = { from: string; to: string; users: number };

/** The first users are those who cost most, and of those that cost the same or nothing those whose models wrote most. */
export const selectCosts = ({ from, to, users }: CostsAsked) => sql.type(Row)`
  WITH ended AS (
    SELECT c.user_id, to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, ${usageOfTurn}
    FROM lucid_engine.chat_messages m JOIN chat_sessions c ON c.id = m.session_id
    WHERE m.created_at >= (${from}::date)::timestamp AT TIME ZONE 'UTC'
      AND m.created_at < (${to}::date + 1)::timestamp AT TIME ZONE 'UTC' AND ${isTurnEnd}
  ), ranked AS (
    SELECT user_id, row_number() OVER (
      ORDER BY coalesce(sum((usage ->> 'costUsd')::float8), 0) DESC, sum((usage ->> 'outputTokens')::float8) DESC NULLS LAST,
        user_id
    ) AS place
    FROM ended GROUP BY user_id
  )
  SELECT day, CASE WHEN place <= ${users} THEN ended.user_id END AS "userId", ${sumsOfUsage}
  FROM ended JOIN ranked ON ranked.user_id = ended.user_id
  GROUP BY 1, 2 HAVING count(usage) > 0 ORDER BY 1, 2`;
