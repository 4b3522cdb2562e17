-- What lets people without an account watch a session. The token is nowhere: this is its SHA-256. Times are PostgreSQL's.
CREATE TABLE IF NOT EXISTS lucid_engine.shares (
  id varchar PRIMARY KEY,
  session_id varchar NOT NULL REFERENCES lucid_engine.agent_sessions (id) ON DELETE CASCADE,
  token_hash bytea NOT NULL,
  may_read_workspace boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS shares_by_token ON lucid_engine.shares (token_hash);
CREATE INDEX IF NOT EXISTS shares_by_session ON lucid_engine.shares (session_id, created_at, id);
CREATE INDEX IF NOT EXISTS shares_by_expiry ON lucid_engine.shares (expires_at);

-- How many shares a session has, for who is about to add one: the next one waits until this transaction has ended, and
-- counts then.
CREATE OR REPLACE FUNCTION lucid_engine.count_shares_locked(session varchar) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('shares/' || session, 0));
  RETURN (SELECT count(*) FROM lucid_engine.shares WHERE session_id = session AND expires_at > now());
END
$$;
