// A webhook whose receiver has had its time is disabled, what waits for it fails, and the user's other webhooks hear of it.
import { sql } from 'slonik';
import { disabledType } from '../../../schema/protocol/webhooks/webhook-events.ts';
import type { Tried } from './update-delivery.ts';

/** @param disabledId of the event that says so */
export const disableWebhook = (
  { webhookId, eventId, status, problem, nowMs, isQuick }: Tried,
  { disabledId, reason }: { disabledId: string; reason: string },
) => sql.unsafe`
  WITH disabled AS (
    UPDATE lucid_engine.webhooks
    SET disabled_at = to_timestamp(${nowMs}::float8 / 1000), disabled_reason = ${reason}, is_quick = ${isQuick}
    WHERE id = ${webhookId} AND disabled_at IS NULL RETURNING id, user_id
  ), tried AS (
    UPDATE lucid_engine.webhook_deliveries
    SET state = 'failed', next_at = NULL,
      attempts = attempts + CASE WHEN event_id = ${eventId} THEN 1 ELSE 0 END,
      last_tried_at = CASE WHEN event_id = ${eventId} THEN to_timestamp(${nowMs}::float8 / 1000) ELSE last_tried_at END,
      status = CASE WHEN event_id = ${eventId} THEN ${status} ELSE status END,
      problem = CASE WHEN event_id = ${eventId} THEN ${problem} ELSE coalesce(problem, 'The webhook was disabled.') END
    WHERE webhook_id = ${webhookId} AND state = 'waiting'
  )
  INSERT INTO lucid_engine.webhook_deliveries (webhook_id, event_id, stream, sequence, type, data, occurred_at)
  SELECT others.id, ${disabledId}, disabled.id, 0, ${disabledType}, ${JSON.stringify({ webhookId, reason })},
    to_timestamp(${nowMs}::float8 / 1000)
  FROM disabled
  JOIN lucid_engine.webhooks others ON others.user_id = disabled.user_id AND others.id <> disabled.id
    AND others.disabled_at IS NULL AND ${disabledType} = ANY (others.events)
  ON CONFLICT DO NOTHING`;
