// What waits for a webhook that is gone is removed, and for one that is disabled fails.
import { sql } from 'slonik';

export const removeStream = (webhookId: string, stream: string) => sql.unsafe`
  DELETE FROM lucid_engine.webhook_deliveries WHERE webhook_id = ${webhookId} AND stream = ${stream}`;

export const failStream = (webhookId: string, stream: string, problem: string) => sql.unsafe`
  UPDATE lucid_engine.webhook_deliveries SET state = 'failed', next_at = NULL, problem = coalesce(problem, ${problem})
  WHERE webhook_id = ${webhookId} AND stream = ${stream} AND state = 'waiting'`;
