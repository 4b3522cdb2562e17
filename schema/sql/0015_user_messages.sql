-- What a user said, by session: whether a message is unanswered is asked for each session of a list, and a turn may have
-- thousands of events behind the message that began it.
CREATE INDEX IF NOT EXISTS chat_messages_by_user ON lucid_engine.chat_messages (session_id, sequence)
  WHERE event_type IN ('InitialTask', 'UserMessage');
