// The newest deliveries of a webhook.
import { sql } from 'slonik';
import type { DeliveryState } from '../../../schema/protocol/routes/webhooks.ts';
import { DeliveryRow, deliveryColumns } from './delivery-columns.ts';

export const selectDeliveries = (webhookId: string, page: { limit: number; state?: DeliveryState | undefined }) =>
  sql.type(DeliveryRow)`
    SELECT ${deliveryColumns} FROM lucid_engine.webhook_deliveries
    WHERE webhook_id = ${webhookId} ${page.state === undefined ? sql.fragment`` : sql.fragment`AND state = ${page.state}`}
    ORDER BY occurred_at DESC, event_id DESC LIMIT ${page.limit}`;
