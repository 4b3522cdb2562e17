-- The bytes of pictures that models were shown, and of files that came with messages, found by their SHA-256. They are there
-- before the event that names them, also before a new session's row, so nothing refers to that.
CREATE TABLE IF NOT EXISTS lucid_engine.session_files (
  session_id varchar NOT NULL,
  digest varchar(64) NOT NULL,
  bytes bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session_id, digest)
);
-- Pictures are compressed already.
ALTER TABLE lucid_engine.session_files ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX IF NOT EXISTS session_files_by_time ON lucid_engine.session_files (created_at);

-- They go with their session, which goes with its chat.
CREATE OR REPLACE FUNCTION lucid_engine.remove_session_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM lucid_engine.session_files WHERE session_id = OLD.id;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER session_files_removal AFTER DELETE ON lucid_engine.agent_sessions
FOR EACH ROW EXECUTE FUNCTION lucid_engine.remove_session_files();
