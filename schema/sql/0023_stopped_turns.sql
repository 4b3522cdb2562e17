-- The ends of sessions that were stopped, which say what the turn had used that they cut: by session, and by time for costs.
CREATE INDEX IF NOT EXISTS chat_messages_stops ON lucid_engine.chat_messages (session_id, sequence)
  WHERE event_type = 'Status' AND metadata_json LIKE '%"status":%"stopped"%';
CREATE INDEX IF NOT EXISTS chat_messages_stops_by_time ON lucid_engine.chat_messages (created_at)
  WHERE event_type = 'Status' AND metadata_json LIKE '%"status":%"stopped"%';
