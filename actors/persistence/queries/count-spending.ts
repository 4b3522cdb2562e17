// Counts what events have cost by user and day, as part of the statement that stores them.
import { type FragmentSqlToken, sql } from 'slonik';
import * as v from 'valibot';
import { dayOf } from '../../../schema/spending.ts';
import type { EventWrite } from '../../../schema/thread.ts';

/**
 * A cost counts with its event: not at all where the session has another owner by now, and once however often it is written.
 * Rows are taken in one order, so that engines don't wait for each other crosswise.
 * @param mayBeThere whether some of the events may be stored already
 */
export const countSpending = (events: readonly EventWrite[], mayBeThere: boolean): FragmentSqlToken => sql.fragment`
  spent AS (
    SELECT * FROM json_to_recordset(${JSON.stringify(events.map(spentRowOf))}::json) AS t (
      id varchar, session_id varchar, chat_id varchar, epoch int4, user_id varchar, day date, usd float8)
  ), counted AS (
    INSERT INTO lucid_engine.spending AS s (day, user_id, cost_usd)
    SELECT spent.day, spent.user_id, sum(usd)
    FROM spent
    JOIN known ON known.id = spent.session_id AND known.chat_id = spent.chat_id AND known.epoch = spent.epoch
    ${mayBeThere ? butStored : sql.fragment``}
    GROUP BY spent.day, spent.user_id ORDER BY spent.day, spent.user_id
    ON CONFLICT (day, user_id) DO UPDATE SET cost_usd = s.cost_usd + excluded.cost_usd
  )`;

const butStored = sql.fragment`
  WHERE NOT EXISTS (SELECT 1 FROM lucid_engine.chat_messages m WHERE m.id = spent.id)`;

/** Those events whose cost is counted by day. */
export const listSpending = (events: readonly EventWrite[]): EventWrite[] =>
  events.filter(({ spent }) => spent !== undefined && spent.userId !== null);

const spentRowOf = ({ rowId, sessionId, chatId, epoch, event, spent }: EventWrite) => ({
  id: rowId,
  session_id: sessionId,
  chat_id: chatId,
  epoch,
  user_id: spent?.userId,
  day: dayOf(event.createdAtMs),
  usd: spent?.usd,
});

const Row = v.object({ userUsd: v.number(), engineUsd: v.number() });

/** What a day has cost: one user's part, and all of it. */
export const selectSpending = (day: string, userId: string) => sql.type(Row)`
  SELECT coalesce(sum(cost_usd) FILTER (WHERE user_id = ${userId}), 0)::float8 AS "userUsd",
    coalesce(sum(cost_usd), 0)::float8 AS "engineUsd"
  FROM lucid_engine.spending WHERE day = ${day}::date`;
