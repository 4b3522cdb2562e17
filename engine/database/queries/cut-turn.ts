// Whether a session's turn was cut, or is going on.
import { sql } from 'slonik';

const lastEvent = sql.fragment`
  SELECT event_type, metadata_json FROM lucid_engine.chat_messages
  WHERE session_id = s.chat_id ORDER BY sequence DESC LIMIT 1`;

/**
 * About the session `s`. A turn was cut unless the chat's last event says that it was completed and that the agent had read
 * the user's last message; one that waits for a person goes on with what the person says, if that isn't said yet. A session
 * too many does no harm, since an activated session looks at its events itself.
 */
export const isTurnCut = sql.fragment`(s.state = 'live' AND NOT EXISTS (
    SELECT 1 FROM (${lastEvent}) last
    WHERE event_type = 'Status' AND metadata_json::jsonb ->> 'status' = 'completed'
      AND (metadata_json::jsonb ->> 'readThrough')::int >= coalesce((
        SELECT max(sequence) FROM lucid_engine.chat_messages
        WHERE session_id = s.chat_id AND event_type IN ('InitialTask', 'UserMessage')
      ), 0)
  ) AND (s.waits_until IS NULL OR EXISTS (
    SELECT 1 FROM (${lastEvent}) last
    WHERE event_type IN ('UserAnswer', 'ApprovalDecision', 'UserMessage', 'Interrupt', 'Stop')
  )))`;
