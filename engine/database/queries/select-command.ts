// The event that recorded a command, found by the id that its client gave it.
import { sql } from 'slonik';
import * as v from 'valibot';

const Recorded = v.object({
  sequence: v.number(),
  eventType: v.nullable(v.string()),
  content: v.string(),
  /** Of an answer or a decision: the call that it is about, and how it was decided. */
  toolCallId: v.nullable(v.string()),
  decision: v.nullable(v.string()),
});
export type RecordedCommand = v.InferOutput<typeof Recorded>;

export const selectCommand = (chatId: string, commandId: string) => sql.type(Recorded)`
  SELECT sequence, event_type AS "eventType", content,
    coalesce(metadata_json::jsonb ->> 'toolCallId', metadata_json::jsonb #>> '{decision,toolCallId}') AS "toolCallId",
    metadata_json::jsonb #>> '{decision,decision}' AS decision
  FROM lucid_engine.chat_messages WHERE session_id = ${chatId} AND command_id = ${commandId}`;
