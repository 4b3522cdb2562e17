// Now and then: what the queue has lost is told to it again, and deliveries that are old enough are removed.
import { sql } from 'slonik';
import { limits } from '../../../schema/limits.ts';

/** In one go, so that no statement holds many rows. */
export const sweptRowsMax = 10_000;

/** Whoever took a stream has finished, or was given up by the queue, long before. */
const lostAfterMs = 600_000;

export const requeueLost = (nowMs: number) => sql.unsafe`
  UPDATE lucid_engine.webhook_deliveries SET queued_at = NULL
  WHERE state = 'waiting' AND queued_at < to_timestamp(${nowMs - lostAfterMs}::float8 / 1000)`;

export const deleteOldDeliveries = (nowMs: number) => sql.unsafe`
  DELETE FROM lucid_engine.webhook_deliveries WHERE (webhook_id, event_id) IN (
    SELECT webhook_id, event_id FROM lucid_engine.webhook_deliveries
    WHERE occurred_at < to_timestamp(${nowMs - limits.webhookDeliveriesKeptMs}::float8 / 1000) LIMIT ${sweptRowsMax}
  )`;
