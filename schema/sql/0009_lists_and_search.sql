-- A user's sessions, newest first, whether they are at work or at rest.
CREATE INDEX IF NOT EXISTS agent_sessions_by_user ON lucid_engine.agent_sessions (user_id, created_at DESC, id DESC);

-- What was said in chats, by its words: not what commands printed, which is most of the text. Long messages are found by
-- what they begin with, since a tsvector holds a megabyte at most. Signs between words become spaces, so that a file is
-- found by its name alone.
CREATE OR REPLACE FUNCTION lucid_engine.words_of(content text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('pg_catalog.simple'::regconfig, translate(left(content, 20000), './\-_:@#&=?%+~', '              '));

CREATE INDEX IF NOT EXISTS chat_messages_by_words ON lucid_engine.chat_messages USING gin (lucid_engine.words_of(content))
  WHERE event_type IN ('InitialTask', 'UserMessage', 'MessageAction', 'AgentFinishAction');
