// The columns of a webhook as its owner sees it.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { WebhookEventType } from '../../../schema/protocol/webhooks/webhook-events.ts';

export const WebhookRow = v.object({
  id: v.string(),
  shownUrl: v.string(),
  events: v.array(v.custom<WebhookEventType>((value) => typeof value === 'string')),
  createdAtMs: v.number(),
  disabledAtMs: v.nullable(v.number()),
  disabledReason: v.nullable(v.string()),
});
export type WebhookRow = v.InferOutput<typeof WebhookRow>;

export const webhookColumns = sql.fragment`
  id, shown_url AS "shownUrl", events, created_at AS "createdAtMs", disabled_at AS "disabledAtMs",
  disabled_reason AS "disabledReason"`;
