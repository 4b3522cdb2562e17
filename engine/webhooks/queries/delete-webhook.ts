// A webhook goes with its deliveries; one that is stored at this moment is removed when the queue comes to it.
import { sql } from 'slonik';
import { WebhookRow, webhookColumns } from './webhook-columns.ts';

/** @returns no row where the user has no such webhook */
export const deleteWebhook = (userId: string, id: string) => sql.type(WebhookRow)`
  WITH gone AS (
    DELETE FROM lucid_engine.webhooks WHERE user_id = ${userId} AND id = ${id} RETURNING *
  ), deliveries AS (
    DELETE FROM lucid_engine.webhook_deliveries WHERE webhook_id IN (SELECT id FROM gone)
  )
  SELECT ${webhookColumns} FROM gone`;
