// Whether a turn went on, or was about to begin, when an event was stored: whether a message stood there unanswered.
import { sql } from 'slonik';
import * as v from 'valibot';

const Unanswered = v.object({ isUnanswered: v.boolean() });

export const selectUnansweredBefore = (chatId: string, sequence: number) => sql.type(Unanswered)`
  SELECT coalesce(max(sequence) FILTER (WHERE event_type <> 'Status'), 0) > coalesce(
    max((metadata_json::jsonb ->> 'readThrough')::int)
      FILTER (WHERE event_type = 'Status' AND metadata_json::jsonb ->> 'status' = 'completed'), 0) AS "isUnanswered"
  FROM lucid_engine.chat_messages
  WHERE session_id = ${chatId} AND sequence < ${sequence} AND event_type IN ('InitialTask', 'UserMessage', 'Status')`;
