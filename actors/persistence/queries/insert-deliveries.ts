// What webhooks will hear of a batch's events, as a part of the statement that stores them: both are there, or neither.
import { type FragmentSqlToken, sql } from 'slonik';
import { webhookEventOf } from '../../../schema/protocol/webhooks/webhook-events.ts';
import type { EventWrite } from '../../../schema/thread.ts';

/** Rows for those of the events that a webhook could want; none for most batches, whose statement stays as it was. */
export function announcedOf(events: readonly EventWrite[]) {
  return events.flatMap((write) => {
    const announced = webhookEventOf(write);
    if (!announced) return [];
    const { rowId, sessionId, chatId, epoch, event } = write;
    return [
      {
        event_id: rowId,
        session_id: sessionId,
        chat_id: chatId,
        epoch,
        sequence: event.sequence,
        type: announced.type,
        data: JSON.stringify(announced.data),
        ms: event.createdAtMs,
      },
    ];
  });
}

/**
 * Nothing of webhooks is locked: the statement neither waits for their changes nor fails by them.
 * @param isAgain whether events may be stored already, or their places taken
 */
export const insertDeliveries = (
  announced: ReturnType<typeof announcedOf>,
  isAgain: boolean,
): FragmentSqlToken => sql.fragment`
  announced AS (
    SELECT * FROM json_to_recordset(${JSON.stringify(announced)}::json) AS t (
      event_id varchar, session_id varchar, chat_id varchar, epoch int4, sequence int4, type varchar, data text, ms float8)
  ), delivering AS (
    INSERT INTO lucid_engine.webhook_deliveries (webhook_id, event_id, stream, sequence, type, data, occurred_at)
    SELECT webhooks.id, event_id, a.session_id, sequence, type, data, to_timestamp(ms / 1000)
    FROM announced a
    JOIN known ON known.id = a.session_id AND known.chat_id = a.chat_id AND known.epoch = a.epoch
    JOIN lucid_engine.webhooks ON webhooks.user_id = known.user_id AND disabled_at IS NULL AND type = ANY (events)
    ${isAgain ? unlessPlaceIsTaken : sql.fragment``}
    ON CONFLICT DO NOTHING
  )`;

/** An event whose place another one has is left out of the statement's rows. */
const unlessPlaceIsTaken = sql.fragment`
  WHERE NOT EXISTS (
    SELECT 1 FROM lucid_engine.chat_messages m
    WHERE m.session_id = a.chat_id AND m.sequence = a.sequence AND m.id <> a.event_id
  )`;
