// A new webhook, unless its user has as many as anybody may.
import { sql } from 'slonik';
import { limits } from '../../../schema/limits.ts';
import type { WebhookEventType } from '../../../schema/protocol/webhooks/webhook-events.ts';
import { WebhookRow, webhookColumns } from './webhook-columns.ts';

export type NewWebhook = {
  id: string;
  userId: string;
  shownUrl: string;
  events: readonly WebhookEventType[];
  sealed: string;
  createdAtMs: number;
};

/** Those of one user are counted one after the other. @returns no row where there are too many */
export const insertWebhook = ({ id, userId, shownUrl, events, sealed, createdAtMs }: NewWebhook) =>
  sql.type(WebhookRow)`
    INSERT INTO lucid_engine.webhooks (id, user_id, shown_url, events, sealed, created_at)
    SELECT ${id}, ${userId}, ${shownUrl}, ${sql.array([...events], 'varchar')}, ${sealed},
      to_timestamp(${createdAtMs}::float8 / 1000)
    WHERE lucid_engine.count_webhooks_locked(${userId}) < ${limits.webhooksPerUserMax}
    RETURNING ${webhookColumns}`;
