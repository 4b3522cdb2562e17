// What the queue has to hear of: deliveries that are due, and how it is noted that it has heard.
import { sql } from 'slonik';
import * as v from 'valibot';

const isDue = (nowMs: number) => sql.fragment`
  d.state = 'waiting' AND d.queued_at IS NULL AND (d.next_at IS NULL OR d.next_at <= to_timestamp(${nowMs}::float8 / 1000))`;

/** In one go; the rest follows at once. */
export const dueRowsMax = 1_000;

const Due = v.object({
  webhookId: v.string(),
  eventId: v.string(),
  stream: v.string(),
  userId: v.string(),
  isQuick: v.nullable(v.boolean()),
});
export type DueDelivery = v.InferOutput<typeof Due>;

/** Without a user where the webhook is gone: what waits for it is then removed. */
export const selectDue = (nowMs: number) => sql.type(Due)`
  SELECT d.webhook_id AS "webhookId", d.event_id AS "eventId", d.stream, coalesce(w.user_id, '') AS "userId",
    w.is_quick AS "isQuick"
  FROM lucid_engine.webhook_deliveries d LEFT JOIN lucid_engine.webhooks w ON w.id = d.webhook_id
  WHERE ${isDue(nowMs)}
  LIMIT ${dueRowsMax}`;

/**
 * Row by row: what was stored meanwhile isn't among them, and is heard of next; what somebody has tried in vain meanwhile is
 * heard of when it is due again.
 */
export const updateQueued = (due: readonly DueDelivery[], nowMs: number) => sql.unsafe`
  UPDATE lucid_engine.webhook_deliveries d SET queued_at = to_timestamp(${nowMs}::float8 / 1000)
  FROM ${sql.unnest(
    due.map(({ webhookId, eventId }) => [webhookId, eventId]),
    ['varchar', 'varchar'],
  )} AS t (webhook_id, event_id)
  WHERE d.webhook_id = t.webhook_id AND d.event_id = t.event_id AND ${isDue(nowMs)}`;

/** What follows in a stream whose turn is over is heard of again. */
export const requeueStream = (webhookId: string, stream: string) => sql.unsafe`
  UPDATE lucid_engine.webhook_deliveries SET queued_at = NULL
  WHERE webhook_id = ${webhookId} AND stream = ${stream} AND state = 'waiting' AND event_id = (
    SELECT event_id FROM lucid_engine.webhook_deliveries
    WHERE webhook_id = ${webhookId} AND stream = ${stream} AND state = 'waiting' ORDER BY sequence LIMIT 1
  )`;
