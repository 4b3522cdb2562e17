// What a try has come to. A delivery that was settled or reset meanwhile by somebody else stays so.
import { sql } from 'slonik';

export type Tried = {
  webhookId: string;
  eventId: string;
  status: number | null;
  problem: string | null;
  nowMs: number;
  /** Whether the try was short, whatever it has come to. */
  isQuick: boolean;
};

const at = (ms: number) => sql.fragment`to_timestamp(${ms}::float8 / 1000)`;

/** What the webhook's next deliveries are queued by. */
const notePace = ({ webhookId, isQuick }: Pick<Tried, 'webhookId' | 'isQuick'>) => sql.fragment`
  paced AS (
    UPDATE lucid_engine.webhooks SET is_quick = ${isQuick} WHERE id = ${webhookId} AND is_quick IS DISTINCT FROM ${isQuick}
  )`;

export const updateDelivered = ({ webhookId, eventId, status, nowMs, isQuick }: Tried) => sql.unsafe`
  WITH ${notePace({ webhookId, isQuick })}
  UPDATE lucid_engine.webhook_deliveries
  SET state = 'delivered', attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, ${at(nowMs)}),
    last_tried_at = ${at(nowMs)}, next_at = NULL, status = ${status}, problem = NULL
  WHERE webhook_id = ${webhookId} AND event_id = ${eventId} AND state = 'waiting'`;

/** The queue hears of it anew when it is due. @param startedMs when the try began */
export const updateTried = (
  { webhookId, eventId, status, problem, nowMs, isQuick }: Tried,
  { startedMs, nextAtMs }: { startedMs: number; nextAtMs: number },
) => sql.unsafe`
  WITH ${notePace({ webhookId, isQuick })}
  UPDATE lucid_engine.webhook_deliveries
  SET attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, ${at(startedMs)}), last_tried_at = ${at(nowMs)},
    next_at = ${at(nextAtMs)}, queued_at = NULL, status = ${status}, problem = ${problem}
  WHERE webhook_id = ${webhookId} AND event_id = ${eventId} AND state = 'waiting'`;
