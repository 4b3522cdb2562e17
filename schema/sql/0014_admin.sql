-- The ends of turns, which say what each turn has used: by session for reports and users, by time for costs. The text is
-- looked for, since rows from before this engine need not hold JSON that PostgreSQL takes.
CREATE INDEX IF NOT EXISTS chat_messages_turn_ends ON lucid_engine.chat_messages (session_id, sequence)
  WHERE event_type = 'Status' AND metadata_json LIKE '%"status":%"completed"%';
CREATE INDEX IF NOT EXISTS chat_messages_turn_ends_by_time ON lucid_engine.chat_messages (created_at)
  WHERE event_type = 'Status' AND metadata_json LIKE '%"status":%"completed"%';

-- Everybody's sessions, newest first, those of each state by themselves.
CREATE INDEX IF NOT EXISTS agent_sessions_by_state ON lucid_engine.agent_sessions (state, created_at DESC, id DESC);
