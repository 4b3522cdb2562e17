// The event that recorded a command, found by the id that its client gave it.
import { sql } from 'slonik';
import * as v from 'valibot';

const Recorded = v.object({
  sequence: v.number(),
  eventType: v.nullable(v.string()),
  content: v.string(),
  /** What it says beside its words, as its event holds it. */
  metadata: v.nullable(v.string()),
});
export type RecordedCommand = v.InferOutput<typeof Recorded>;

export const selectCommand = (chatId: string, commandId: string) => sql.type(Recorded)`
  SELECT sequence, event_type AS "eventType", content, metadata_json AS metadata
  FROM lucid_engine.chat_messages WHERE session_id = ${chatId} AND command_id = ${commandId}`;
