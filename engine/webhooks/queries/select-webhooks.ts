// A user's webhooks, oldest first; and whether anybody has one.
import { sql } from 'slonik';
import { WebhookRow, webhookColumns } from './webhook-columns.ts';

export const selectWebhooks = (userId: string) => sql.type(WebhookRow)`
  SELECT ${webhookColumns} FROM lucid_engine.webhooks WHERE user_id = ${userId} ORDER BY created_at, id`;

export const selectWebhook = (userId: string, id: string) => sql.type(WebhookRow)`
  SELECT ${webhookColumns} FROM lucid_engine.webhooks WHERE user_id = ${userId} AND id = ${id}`;

export const selectAnyWebhook = sql.unsafe`SELECT 1 FROM lucid_engine.webhooks`;
