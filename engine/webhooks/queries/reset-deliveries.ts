// Deliveries that are to be made again, as if nothing had been tried; a disabled webhook is active again.
import { sql } from 'slonik';
import * as v from 'valibot';

const Reset = v.object({ isThere: v.boolean(), deliveries: v.number() });

/**
 * What is counted: those, and what follows them in their sessions and has waited for them.
 * @param eventId of one delivery, whatever became of it; null for all that failed, and those that wait to be tried again
 */
export const resetDeliveries = (userId: string, webhookId: string, eventId: string | null) => sql.type(Reset)`
  WITH mine AS (
    SELECT id FROM lucid_engine.webhooks WHERE user_id = ${userId} AND id = ${webhookId}
  ), reset AS (
    UPDATE lucid_engine.webhook_deliveries
    SET state = 'waiting', attempts = 0, first_tried_at = NULL, next_at = NULL, queued_at = NULL
    WHERE webhook_id IN (SELECT id FROM mine)
      AND CASE WHEN ${eventId}::varchar IS NULL THEN state = 'failed' OR (state = 'waiting' AND attempts > 0)
        ELSE event_id = ${eventId} END
    RETURNING stream
  ), enabled AS (
    UPDATE lucid_engine.webhooks SET disabled_at = NULL, disabled_reason = NULL
    WHERE id IN (SELECT id FROM mine) AND (${eventId}::varchar IS NULL OR EXISTS (SELECT 1 FROM reset))
  )
  SELECT EXISTS (SELECT 1 FROM mine) AS "isThere", (
    (SELECT count(*) FROM reset) + (
      SELECT count(*) FROM lucid_engine.webhook_deliveries
      WHERE ${eventId}::varchar IS NULL AND webhook_id IN (SELECT id FROM mine) AND state = 'waiting' AND attempts = 0
        AND stream IN (SELECT stream FROM reset)
    ))::int AS deliveries`;
