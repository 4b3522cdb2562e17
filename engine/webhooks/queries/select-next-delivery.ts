// The first delivery of a stream that isn't settled: what comes behind it waits for it.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { WebhookEventType } from '../../../schema/protocol/webhooks/webhook-events.ts';

const Next = v.object({
  eventId: v.string(),
  type: v.custom<WebhookEventType>((value) => typeof value === 'string'),
  data: v.string(),
  occurredAtMs: v.number(),
  attempts: v.number(),
  firstTriedAtMs: v.nullable(v.number()),
  nextAtMs: v.nullable(v.number()),
});
export type NextDelivery = v.InferOutput<typeof Next>;

export const selectNextDelivery = (webhookId: string, stream: string) => sql.type(Next)`
  SELECT event_id AS "eventId", type, data, occurred_at AS "occurredAtMs", attempts, first_tried_at AS "firstTriedAtMs",
    next_at AS "nextAtMs"
  FROM lucid_engine.webhook_deliveries
  WHERE webhook_id = ${webhookId} AND stream = ${stream} AND state = 'waiting'
  ORDER BY sequence LIMIT 1`;
