-- Which start of an engine owns a session, so that another one takes over what a dead one left, and nothing else.
CREATE TABLE IF NOT EXISTS lucid_engine.engine_runs (
  id varchar PRIMARY KEY,
  beat_at timestamptz NOT NULL
);
ALTER TABLE lucid_engine.agent_sessions ADD COLUMN IF NOT EXISTS run_id varchar;
CREATE INDEX IF NOT EXISTS agent_sessions_by_run ON lucid_engine.agent_sessions (run_id) WHERE state = 'live';
