-- When the wait for a person ends by itself, of sessions whose turn waits for one; an engine looks for those that are due.
ALTER TABLE lucid_engine.agent_sessions ADD COLUMN IF NOT EXISTS waits_until timestamptz;
CREATE INDEX IF NOT EXISTS agent_sessions_waiting ON lucid_engine.agent_sessions (waits_until, id)
  WHERE waits_until IS NOT NULL;
