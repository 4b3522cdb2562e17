// What a try has come to. A delivery that was settled or reset meanwhile by somebody else stays so.
import { sql } from 'slonik';

export type Tried = {
  webhookId: string;
  eventId: string;
  status: number | null;
  problem: string | null;
  nowMs: number;
};

const at = (ms: number) => sql.fragment`to_timestamp(${ms}::float8 / 1000)`;

export const updateDelivered = ({ webhookId, eventId, status, nowMs }: Tried) => sql.unsafe`
  UPDATE lucid_engine.webhook_deliveries
  SET state = 'delivered', attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, ${at(nowMs)}),
    last_tried_at = ${at(nowMs)}, next_at = NULL, status = ${status}, problem = NULL
  WHERE webhook_id = ${webhookId} AND event_id = ${eventId} AND state = 'waiting'`;

/** The queue hears of it anew when it is due. @param startedMs when the try began */
export const updateTried = (
  { webhookId, eventId, status, problem, nowMs }: Tried,
  { startedMs, nextAtMs }: { startedMs: number; nextAtMs: number },
) => sql.unsafe`
  UPDATE lucid_engine.webhook_deliveries
  SET attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, ${at(startedMs)}), last_tried_at = ${at(nowMs)},
    next_at = ${at(nextAtMs)}, queued_at = NULL, status = ${status}, problem = ${problem}
  WHERE webhook_id = ${webhookId} AND event_id = ${eventId} AND state = 'waiting'`;
