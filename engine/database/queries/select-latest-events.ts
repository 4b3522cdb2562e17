// A session's latest events, without what only a transcript needs: the inputs of calls, diffs, files, and the ends of long texts.
import { sql } from 'slonik';
import { EventRow } from '../../../actors/persistence/queries/event-columns.ts';
import { limits } from '../../../schema/limits.ts';

/** Characters of each text. */
const textCharsMax = 2_000;

/** Newest first. */
export const selectLatestEvents = (chatId: string) => sql.type(EventRow)`
  SELECT epoch, sequence, role, event_type AS "eventType", left(content, ${textCharsMax}) AS content,
    (metadata_json::jsonb - '{diff,written,signature,thought}'::text[] #- '{toolCall,input}' #- '{toolCall,signature}')::text
      AS "metadataJson",
    command_id AS "commandId", created_at AS "createdAtMs"
  FROM lucid_engine.chat_messages WHERE session_id = ${chatId}
  ORDER BY sequence DESC LIMIT ${limits.transcriptEventsMax}`;
