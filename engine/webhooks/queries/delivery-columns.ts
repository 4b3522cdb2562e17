// The columns of a delivery as its webhook's owner sees it.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { DeliveryState } from '../../../schema/protocol/routes/webhooks.ts';
import type { WebhookEventType } from '../../../schema/protocol/webhooks/webhook-events.ts';

export const DeliveryRow = v.object({
  eventId: v.string(),
  type: v.custom<WebhookEventType>((value) => typeof value === 'string'),
  stream: v.string(),
  sequence: v.number(),
  occurredAtMs: v.number(),
  state: v.custom<DeliveryState>((value) => typeof value === 'string'),
  attempts: v.number(),
  lastTriedAtMs: v.nullable(v.number()),
  nextAtMs: v.nullable(v.number()),
  status: v.nullable(v.number()),
  problem: v.nullable(v.string()),
});
export type DeliveryRow = v.InferOutput<typeof DeliveryRow>;

export const deliveryColumns = sql.fragment`
  event_id AS "eventId", type, stream, sequence, occurred_at AS "occurredAtMs", state, attempts,
  last_tried_at AS "lastTriedAtMs", next_at AS "nextAtMs", status, problem`;
