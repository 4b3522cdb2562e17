-- What PostgreSQL refused to store as it was, so that people can find out why, and nothing is lost without a trace.
CREATE TABLE IF NOT EXISTS lucid_engine.refused_rows (
  id varchar PRIMARY KEY,
  session_id varchar NOT NULL,
  -- Goes with its chat; empty where the chat itself was refused.
  chat_id varchar REFERENCES chat_sessions (id) ON DELETE CASCADE,
  epoch integer NOT NULL,
  sequence integer,
  reason text NOT NULL,
  -- The write in JSON as text: `jsonb` would refuse the same characters again.
  refused text NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS refused_rows_by_session ON lucid_engine.refused_rows (session_id, sequence);
CREATE INDEX IF NOT EXISTS refused_rows_by_chat ON lucid_engine.refused_rows (chat_id);
